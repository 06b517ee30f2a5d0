package serve

import (
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/database"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/serve/internal/layers"
)

// complete takes from the environment and the configuration file what the command line did not say, and refuses what
// cannot be.
func (c *config) complete(fs *pflag.FlagSet, env func(string) string) (*layers.Settings, error) {
	s := layers.New(command.EnvPrefix, env, fs, c.secretFlags())
	s.OnlyCommandLine("config", "print-config")
	if err := s.FromEnvironment(); err != nil {
		return nil, exit.Usagef("%v", err)
	}
	if c.configFile == "" {
		c.configFile = env(command.EnvConfig)
	}
	if c.configFile != "" {
		if err := s.FromFile(c.configFile); err != nil {
			return nil, exit.Usagef("%v", err)
		}
	}
	for _, choose := range []func(*layers.Settings) error{c.chooseStore, c.chooseClient} {
		if err := choose(s); err != nil {
			return nil, err
		}
	}
	for _, check := range []func() error{c.checkData, c.checkLimits, c.checkListening, c.checkProxies, c.checkLog} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// chooseStore decides between a database and none: what comes from a higher layer wins.
func (c *config) chooseStore(s *layers.Settings) error {
	db, memory := s.Layer("db"), s.Layer("in-memory")
	switch {
	case !c.inMemory || db < memory:
		return nil
	case db > memory:
		c.inMemory = false
		return nil
	default:
		return exit.Usagef("--db and --in-memory exclude each other")
	}
}

// chooseClient decides between credentials and files that hold them.
func (c *config) chooseClient(s *layers.Settings) error {
	for _, one := range []struct {
		name        string
		value, file *string
	}{{"client-id", &c.clientID, &c.clientIDFile}, {"client-secret", &c.clientSecret, &c.clientSecretFile}} {
		value, file := s.Layer(one.name), s.Layer(one.name+"-file")
		switch {
		case *one.value == "" || *one.file == "":
		case value > file:
			*one.file = ""
		case value < file:
			*one.value = ""
		default:
			return exit.Usagef("%s and %s exclude each other", s.Given(one.name), s.Given(one.name+"-file"))
		}
	}
	if c.hasClient() != (c.clientSecret != "" || c.clientSecretFile != "") {
		return exit.Usagef("%s and %s must be set together, or neither", command.EnvClientID, command.EnvClientSecret)
	}
	return nil
}

func (c *config) checkData() error {
	switch {
	case c.db == ":memory:":
		return exit.Usagef("--db names a file; for a database in memory say --in-memory")
	case c.db == "":
		return exit.Usagef("--db names no file")
	case c.synchronous != "full" && c.synchronous != "normal":
		return exit.Usagef("--synchronous is %q, but must be full or normal", c.synchronous)
	case c.checkAtStart != checkQuick && c.checkAtStart != checkFull && c.checkAtStart != checkOff:
		return exit.Usagef("--check-at-start is %q, but must be quick, full or off", c.checkAtStart)
	case c.retention.MaxCount < 0:
		return exit.Usagef("--changes-max-count is %d, but must not be negative", c.retention.MaxCount)
	}
	return database.CheckName(c.db)
}

func (c *config) checkLimits() error {
	for _, d := range []struct {
		flag  string
		value time.Duration
	}{
		{"drain-delay", c.drainDelay}, {"drain-timeout", c.drainTimeout},
		{"changes-max-age", c.retention.MaxAge}, {"busy-timeout", c.busyTimeout},
		{"read-header-timeout", c.readHeaderTimeout}, {"read-timeout", c.readTimeout},
		{"write-timeout", c.writeTimeout}, {"idle-timeout", c.idleTimeout}, {"request-timeout", c.requestTimeout},
	} {
		if d.value < 0 {
			return exit.Usagef("--%s is %v, but must not be negative", d.flag, d.value)
		}
	}
	switch {
	case c.tokenLife < time.Second:
		return exit.Usagef("--token-life is %v, but must be at least 1s", c.tokenLife)
	case c.accountLimit == 0 || c.accountLimit < -1:
		return exit.Usagef("--account-limit is %d, but must be at least 1, or -1 for any number", c.accountLimit)
	case c.maxBodyBytes < 1:
		return exit.Usagef("--max-body-bytes is %d, but must be at least 1", c.maxBodyBytes)
	case c.maxConnections < 0:
		return exit.Usagef("--max-connections is %d, but must not be negative", c.maxConnections)
	case c.maxHeaderBytes < 1:
		return exit.Usagef("--max-header-bytes is %d, but must be at least 1", c.maxHeaderBytes)
	}
	return nil
}

func (c *config) checkListening() error {
	switch {
	case (c.tlsCert == "") != (c.tlsKey == ""):
		return exit.Usagef("--tls-cert and --tls-key must be set together, or neither")
	case !validBaseURL(c.baseURL):
		return exit.Usagef("--base-url is %q, but must be like https://api.example.com", c.baseURL)
	}
	return nil
}

// checkProxies reads the proxies' networks.
func (c *config) checkProxies() error {
	c.proxies, c.localProxy = nil, false
	for _, text := range c.trustedProxies {
		text = strings.TrimSpace(text)
		if text == "unix" {
			c.localProxy = true
			continue
		}
		network, err := netip.ParsePrefix(text)
		if err != nil {
			address, addressErr := netip.ParseAddr(text)
			if addressErr != nil {
				return exit.Usagef("--trusted-proxies has %q, but must have addresses, networks like 10.0.0.0/8, or unix", text)
			}
			network = netip.PrefixFrom(address, address.BitLen())
		}
		c.proxies = append(c.proxies, network.Masked())
	}
	for _, name := range c.allowedHosts {
		if trimmed := strings.TrimSpace(name); hostName(trimmed) == "" || strings.ContainsAny(trimmed, "/ ") {
			return exit.Usagef("--allowed-hosts has %q, but must have names like api.example.com", name)
		}
	}
	return nil
}

func (c *config) checkLog() error {
	if c.logFormat != "text" && c.logFormat != "json" {
		return exit.Usagef("--log-format is %q, but must be text or json", c.logFormat)
	}
	if _, known := logLevels[c.logLevel]; !known {
		return exit.Usagef("--log-level is %q, but must be debug, info, warn or error", c.logLevel)
	}
	return nil
}
