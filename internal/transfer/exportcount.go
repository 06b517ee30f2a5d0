package transfer

import "github.com/roster-go/roster/membership"

// totalOnly asks how many rows there are.
var totalOnly = membership.Query{Limit: -1}

func (e *exporter) count() error {
	for _, part := range e.parts() {
		if e.opts.Progress == nil || !e.opts.wants(part.rowType) {
			continue
		}
		n, err := part.count()
		if err != nil {
			return err
		}
		e.exported.Total += n
	}
	return nil
}

func (e *exporter) countTags() (int, error) {
	page, err := e.svc.Tags(e.ctx, totalOnly)
	return page.Total, err
}

func (e *exporter) countFlows() (int, error) {
	page, err := e.svc.Flows(e.ctx, totalOnly)
	return page.Total, err
}

func (e *exporter) countFields() (int, error) {
	page, err := e.svc.ListFields(e.ctx, totalOnly)
	return page.Total, err
}

func (e *exporter) countAccounts() (int, error) {
	page, err := e.svc.Accounts(e.ctx, totalOnly)
	return page.Total, err
}

func (e *exporter) countMembers() (int, error) {
	page, err := e.svc.Members(e.ctx, totalOnly)
	return page.Total, err
}

func (e *exporter) countMemberships() (int, error) {
	page, err := e.svc.Memberships(e.ctx, membership.Scope{All: true}, totalOnly)
	return page.Total, err
}
