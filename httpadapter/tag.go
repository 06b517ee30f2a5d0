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

type tagJSON struct {
	ID          string `json:"id"`
	Type        string `json:"type"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"` // Why not null: the API describes it as a string and nothing else.
	Meta        meta   `json:"meta"`
	linked
}

func (c *call) tag(t membership.Tag) tagJSON {
	return tagJSON{
		ID:          t.ID.String(),
		Type:        tagType,
		Name:        t.Name,
		Description: t.Description,
		Meta:        timestamps(t.CreatedAt, t.UpdatedAt),
		linked:      c.linked(tagsPath + "/" + t.ID.String()),
	}
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
	return created(answer(t, err, c.tag))
}

func listTags(c *call) (response, error) {
	return list(c, membership.ResourceTag, tagsPath, c.svc.Tags, c.tag)
}

func getTag(c *call, id membership.TagID) (response, error) {
	t, err := c.svc.Tag(c.context(), id)
	return answer(t, err, c.tag)
}

func updateTag(c *call, id membership.TagID) (response, error) {
	b, err := c.body(tagType)
	if err != nil {
		return response{}, err
	}
	u := membership.TagUpdate{Name: b.change("name"), Description: b.change("description")}
	if err := b.err(nil); err != nil {
		return response{}, err
	}
	t, err := c.svc.UpdateTag(c.context(), id, u)
	return answer(t, err, c.tag)
}

func deleteTag(c *call, id membership.TagID) (response, error) {
	return noContent, c.svc.DeleteTag(c.context(), id)
}
