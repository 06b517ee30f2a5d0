package httpadapter

import "github.com/roster-go/roster/membership"

const (
	tagType    = "account_tag"
	tagsPath   = "/v2/account-tags"
	tagPattern = tagsPath + "/{tag}"
)

var tagRoutes = []route{
	create(tagsPath, createTag),
	read(tagsPath, listTags),
	read(tagPattern, on((*call).tagID, getTag)),
	update(tagPattern, on((*call).tagID, updateTag)),
	remove(tagPattern, on((*call).tagID, deleteTag)),
}

func (e *encoder) tag(t membership.Tag) {
	e.tagMembers(t)
	e.links(place{names: tagsPath, id: t.ID.UUID})
	e.close()
}

// tagMembers begins a tag.
func (e *encoder) tagMembers(t membership.Tag) {
	e.begin(t.ID.UUID, tagType)
	e.name("name").text(t.Name)
	if t.Description != "" { // Why not null: the API describes it as a string and nothing else.
		e.name("description").text(t.Description)
	}
	e.timestamps(t.CreatedAt, t.UpdatedAt)
}

// tagChange reads what a body says about a tag.
func (b *body) tagChange() membership.TagUpdate {
	return membership.TagUpdate{Name: b.change("name"), Description: b.change("description")}
}

func createTag(c *call) (response, error) {
	b, err := c.body(tagType)
	if err != nil {
		return response{}, err
	}
	t := membership.Tag{Name: b.text("name"), Description: b.text("description")}
	if err := b.err(t.Validate()); err != nil {
		return response{}, err
	}
	t, err = c.svc.CreateTag(c.context(), t)
	return c.created(answer(c, t, err, (*encoder).tag))
}

func listTags(c *call) (response, error) {
	return list(c, membership.ResourceTag, place{names: tagsPath}, c.svc.Tags, (*encoder).tag)
}

func getTag(c *call, id membership.TagID) (response, error) {
	t, err := c.svc.Tag(c.context(), id)
	return answer(c, t, err, (*encoder).tag)
}

func updateTag(c *call, id membership.TagID) (response, error) {
	b, err := c.body(tagType)
	if err != nil {
		return response{}, err
	}
	u := b.tagChange()
	if err := b.err(nil); err != nil {
		return response{}, err
	}
	t, err := c.svc.UpdateTag(c.context(), id, u)
	return answer(c, t, err, (*encoder).tag)
}

func deleteTag(c *call, id membership.TagID) (response, error) {
	return noContent, c.svc.DeleteTag(c.context(), id)
}
