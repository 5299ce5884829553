package main

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// As JSON has it.
type object = map[string]any

type kind int

const (
	text kind = iota
	whole
	decimal
	truth
	texts
	pairs
	// A block of which there is one at most.
	group
	// Blocks in an order, and blocks in none.
	groups
	anyOrder
)

// An attribute or block, and the member of the API that it stands for.
type setting struct {
	name string
	// With a dot for each structure that it is in.
	member string
	kind   kind
	// What is meant when it is not written down.
	fallback any
	required bool
	computed bool
	replaces bool
	// A text is sent also when it is empty.
	blank bool
	// Where the API does not say it, its fallback is shown.
	assumed bool
	// That it stands without being written down is no difference.
	mayStand bool
	// What is sent where a block is not written down.
	absent any
	inside []setting
	// Instead of what its kind does.
	expand  func(values map[string]any) any
	flatten func(described object) any
}

var valueTypes = map[kind]schema.ValueType{
	text: schema.TypeString, whole: schema.TypeInt, decimal: schema.TypeFloat, truth: schema.TypeBool,
	texts: schema.TypeList, pairs: schema.TypeMap, group: schema.TypeList, groups: schema.TypeList, anyOrder: schema.TypeSet,
}

func schemaOf(settings []setting) map[string]*schema.Schema {
	all := map[string]*schema.Schema{}
	for _, s := range settings {
		one := &schema.Schema{
			Type: valueTypes[s.kind], Required: s.required, Optional: !s.required,
			Computed: s.computed, ForceNew: s.replaces, Default: s.fallback,
		}
		switch s.kind {
		case texts, pairs:
			one.Elem = &schema.Schema{Type: schema.TypeString}
		case group, groups, anyOrder:
			one.Elem = &schema.Resource{Schema: schemaOf(s.inside)}
		}
		if s.kind == group {
			one.MaxItems = 1
		}
		if s.mayStand {
			one.DiffSuppressFunc = missingBlock
		}
		all[s.name] = one
	}
	return all
}

// What a configuration asks for, as the API is told it.
func expand(settings []setting, values map[string]any) object {
	asked := object{}
	for _, s := range settings {
		if s.member == "" && s.expand == nil {
			continue
		}
		if value := expandOne(s, values); value != nil {
			put(asked, s.member, value)
		}
	}
	return asked
}

func expandOne(s setting, values map[string]any) any {
	if s.expand != nil {
		return s.expand(values)
	}
	given := values[s.name]
	switch s.kind {
	case text:
		if given == "" && !s.blank {
			return nil
		}
	case group:
		blocks := given.([]any)
		if len(blocks) == 0 {
			return s.absent
		}
		if blocks[0] == nil {
			return object{}
		}
		return expand(s.inside, blocks[0].(map[string]any))
	case groups, anyOrder:
		if unordered, ok := given.(*schema.Set); ok {
			given = unordered.List()
		}
		list := []object{}
		for _, block := range given.([]any) {
			list = append(list, expand(s.inside, block.(map[string]any)))
		}
		return list
	}
	return given
}

// What the API describes, as the state shows it.
func flatten(settings []setting, described object) map[string]any {
	shown := map[string]any{}
	for _, s := range settings {
		shown[s.name] = flattenOne(s, described)
	}
	return shown
}

func flattenOne(s setting, described object) any {
	if s.flatten != nil {
		return s.flatten(described)
	}
	value := get(described, s.member)
	if value == nil && s.assumed {
		return s.fallback
	}
	switch s.kind {
	case whole:
		number, _ := value.(float64)
		return int(number)
	case group:
		if value == nil {
			return []any{}
		}
		return []any{flatten(s.inside, value.(object))}
	case groups, anyOrder:
		list := []any{}
		blocks, _ := value.([]any)
		for _, block := range blocks {
			list = append(list, flatten(s.inside, block.(object)))
		}
		return list
	}
	return value
}

func get(from object, member string) any {
	var value any = from
	for _, name := range strings.Split(member, ".") {
		inner, ok := value.(object)
		if !ok {
			return nil
		}
		value = inner[name]
	}
	// The client's word for what was not said.
	if value == "" {
		return nil
	}
	return value
}

func put(into object, member string, value any) {
	path := strings.Split(member, ".")
	for _, name := range path[:len(path)-1] {
		if into[name] == nil {
			into[name] = object{}
		}
		into = into[name].(object)
	}
	into[path[len(path)-1]] = value
}
