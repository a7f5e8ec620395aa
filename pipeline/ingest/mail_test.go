package ingest_test

import (
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

const newsletter = `From: =?iso-8859-1?Q?Ren=E9e?= Lee <renee@example.org>
To: readers@example.org
Subject: =?utf-8?B?4oCcQnJpZGdl4oCd?= shut
Date: Sun, 26 Mar 2017 19:01:28 -0500
Message-ID: <n1@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

--outer
Content-Type: multipart/alternative; boundary="inner"

--inner
Content-Type: text/plain; charset=utf-8

In plain.
--inner
Content-Type: text/html; charset="iso-8859-1"
Content-Transfer-Encoding: quoted-printable

<p>The caf=E9 is =
shut,</p><p>she said.</p>
--inner--
--outer
Content-Type: text/plain; name="terms.txt"
Content-Disposition: attachment; filename="terms.txt"

Terms.
--outer--
`

func TestMail(t *testing.T) {
	crlf := strings.ReplaceAll(newsletter, "\n", "\r\n")
	plain := "From: a@example.org\nSubject: S\n\nBody,\nshe said.\n"
	attached := "From: A <a@example.org>\nContent-Type: application/pdf\nContent-Disposition: attachment\n\nx\n"
	cases := []struct {
		name, content string
		want          []string
	}{
		{"a newsletter", newsletter, []string{"n1@example.org | x.eml | The café is shut,\n\nshe said."}},
		{"with CR LF", crlf, []string{"n1@example.org | x.eml | The café is shut,\n\nshe said."}},
		{"plain", plain, []string{"x.eml | x.eml | Body,\nshe said.\n"}},
		{"in base64", "Content-Type: text/plain; charset=windows-1252\nContent-Transfer-Encoding: base64\n\nk1llcyyUIHNoZSBzYWlkLg==\n", []string{"x.eml | x.eml | “Yes,” she said."}},
		{"without text", attached, []string{"! no_text | x.eml | 0 | -1 | x.eml"}},
		{"no message", "not a header\n", []string{"! bad_mail | x.eml | 0 | -1 | "}},
		{"a mailbox", "From a@example.org Sun Mar 26 19:01:28 2017\n" + plain + "\nFrom b@example.org Sun Mar 26 19:01:28 2017\n" + newsletter + "\nFrom c\nSubject: C\n\nShe wrote:\n\n>From here on.\nFrom now on.\n", []string{
			"x.eml#1 | x.eml#1 | Body,\nshe said.\n\n", "n1@example.org | x.eml#2 | The café is shut,\n\nshe said.", "x.eml#3 | x.eml#3 | She wrote:\n\nFrom here on.\nFrom now on.\n",
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files{"x.eml": c.content}.write(t)
			equal(t, read(t, ingest.Options{}, "x.eml"), c.want...)
		})
	}
	t.Run("its header", func(t *testing.T) {
		files{"x.eml": newsletter}.write(t)
		docs, _ := readAll(t, ingest.Options{}, "x.eml")
		d := docs[0]
		if got, want := d.Title+" | "+d.Byline+" | "+d.Published.String(), "“Bridge” shut | Renée Lee | 2017-03-27 00:01:28 +0000 UTC"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
	t.Run("too long", func(t *testing.T) {
		files{"x.eml": plain}.write(t)
		equal(t, read(t, ingest.Options{MaxRecord: 10}, "x.eml"), "! too_long | x.eml | 0 | -1 | ")
	})
}
