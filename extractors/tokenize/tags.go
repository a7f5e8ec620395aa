package tokenize

import (
	"github.com/onrecord-nlp/onrecord/models/postag"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

//go:generate go run ./convert

// TagName returns the Penn Treebank's name of a tag, "" for a token without
// one. The tags are the constants of package models/postag.
func TagName(t pipeline.Tag) string { return postag.Name(uint8(t)) }
