package command

// The environment variables that are spoken of. Each flag of `roster serve` has one, which begins with EnvPrefix.
const (
	EnvPrefix          = "ROSTER_"
	EnvClientID        = "ROSTER_CLIENT_ID"
	EnvClientSecret    = "ROSTER_CLIENT_SECRET"
	EnvDB              = "ROSTER_DB"
	EnvConfig          = "ROSTER_CONFIG"
	EnvChangesMaxAge   = "ROSTER_CHANGES_MAX_AGE"
	EnvChangesMaxCount = "ROSTER_CHANGES_MAX_COUNT"

	EnvServer = "ROSTER_SERVER" // which server commands work with
	EnvToken  = "ROSTER_TOKEN"  // and how they sign in to it, if not with credentials
)

// DefaultAddr is where `roster serve` listens unless told otherwise.
const DefaultAddr = "127.0.0.1:8080"
