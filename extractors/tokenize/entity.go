package tokenize

import (
	"github.com/onrecord-nlp/onrecord/models/entity"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// entities appends the names among the tokens of one sentence, whose first
// token has the index first.
func entities(toks []pipeline.Token, first int, labels []entity.Label, out []pipeline.Entity) []pipeline.Entity {
	for i := 0; i < len(labels); {
		if labels[i] == entity.Outside {
			i++
			continue
		}
		end := i + 1
		for end < len(labels) && labels[end] == labels[end].Kind()+1 && labels[end] != entity.Outside {
			end++
		}
		out = append(out, pipeline.Entity{
			Span:  pipeline.Span{Start: toks[i].Start, End: toks[end-1].End},
			First: first + i, Last: first + end,
			Kind: kindOf(labels[i]),
		})
		i = end
	}
	return out
}

func kindOf(l entity.Label) pipeline.EntityKind {
	switch l.Kind() {
	case entity.BeginPerson:
		return pipeline.EntityPerson
	case entity.BeginOrganization:
		return pipeline.EntityOrganization
	case entity.BeginPlace, entity.BeginLocation, entity.BeginFacility, entity.BeginState:
		return pipeline.EntityPlace
	}
	return pipeline.EntityOther
}
