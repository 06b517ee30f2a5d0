// Package membership holds the words and the rules of account memberships: which members (people) belong to which
// accounts (organisations), and when one may join the other.
//
// It is pure. It does no I/O, asks no clock, makes no random numbers and takes no context; it imports the standard
// library and github.com/google/uuid and nothing else. Every rule of roster exists here once: the stores keep
// rows, the roster.Service orchestrates, the HTTP adapter translates, and all of them ask this package.
//
// # Values
//
// [Account], [Member], [Membership], [Tag], [PasswordProfile], [Login] and [Settings] are plain values without struct
// tags. An optional text that is unset is the empty string. Each noun has its own id type, so that an account and a
// member cannot be swapped in a call. Times are UTC and cut to the millisecond (see [Timestamp]).
//
// # Custom fields
//
// A [Field] defines what one value is called that every account, member or membership can have besides its own
// attributes, of which type it is, and which rules it keeps. A row's values are its [Fields]. The [Schema] of a
// resource has all of its definitions; what a row answers with and what a store keeps is defined by its methods. [Flow]
// is the wire's name for the set of a resource's fields.
//
// # Joining
//
// [Limits.CheckJoin] decides from five facts whether a member may join an account. The two limits are policies
// about joining: lowering one never touches a membership that exists.
//
// # Lists
//
// A [Query] has a filter, an order and a window. [Filter.Match] and [Order.Less] define what they mean; every store
// must give the answer that these two functions give.
//
// # Errors
//
// An error that a caller may act on answers [errors.Is] on two levels: its category ([ErrInvalid], [ErrNotFound],
// [ErrConflict], [ErrLimit]) and its cause (such as [ErrAlreadyMember]). The facts of a refusal are in [Error], for
// [errors.As]. Act on these, never on an error's text.
package membership
