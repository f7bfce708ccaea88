package decode

import "strings"

// pair is a name and a value by their places in the arena of a [captureScan].
type pair struct{ name, nameEnd, value, valueEnd int }

// cookies notes that a list of cookies is not empty; the headers say which.
func (c *captureScan) cookies(rec *recorded) error {
	return c.array(func() error {
		rec.cookies = true
		return c.skip()
	})
}

// headers reads a list of headers in any of the shapes that readPairs knows.
func (c *captureScan) headers(list *[]Header) error {
	err := c.readPairs(maxHeaderValue, maxHeaders)
	if len(c.pairs) == 0 {
		return err
	}
	all := string(c.arena) // all share it
	*list = make([]Header, len(c.pairs))
	for i, p := range c.pairs {
		(*list)[i] = Header{Name: all[p.name:p.nameEnd], Value: all[p.value:p.valueEnd]}
	}
	return err
}

// params reads a list of parameters in any of the shapes that readPairs knows.
// One that is too long is empty.
func (c *captureScan) params(list *[]Param) error {
	c.cut = false
	err := c.readPairs(c.max, c.max)
	if c.cut {
		return err
	}
	all := string(c.arena)
	for _, p := range c.pairs {
		*list = append(*list, Param{Name: all[p.name:p.nameEnd], Value: all[p.value:p.valueEnd]})
	}
	return err
}

// maxPairs bounds a list of headers or parameters.
const maxPairs = 10_000

// readPairs reads names and values in any of the shapes that exporters use:
// [{"name","value"}], [[name, value]], {name: value}, {name: [values]}, up to
// most bytes of one text and all bytes altogether.
func (c *captureScan) readPairs(most, all int) error {
	c.pairs, c.arena = c.pairs[:0], c.arena[:0]
	read := func(from, to *int) (err error) {
		*from = len(c.arena)
		c.arena, err = c.appendText(c.arena, min(most, max(0, all-len(c.arena))))
		*to = len(c.arena)
		return err
	}
	keep := func(p pair) {
		if len(c.pairs) < maxPairs {
			c.pairs = append(c.pairs, p)
		}
	}
	if c.peek() == '{' {
		return c.object(func(name []byte) error {
			p := pair{name: len(c.arena), nameEnd: len(c.arena) + len(name)}
			c.arena = append(c.arena, name...)
			one := func() error {
				err := read(&p.value, &p.valueEnd)
				keep(p)
				return err
			}
			if c.peek() == '[' {
				return c.array(one)
			}
			return one()
		})
	}
	return c.array(func() error {
		var p pair
		var err error
		if c.peek() == '[' {
			at := 0
			err = c.array(func() error {
				switch at++; {
				case at == 1:
					return read(&p.name, &p.nameEnd)
				case at == 2 && c.peek() == '[':
					return c.array(func() error { return read(&p.value, &p.valueEnd) })
				case at == 2:
					return read(&p.value, &p.valueEnd)
				}
				return c.skip()
			})
		} else {
			err = c.object(func(name []byte) error {
				switch string(name) {
				case "name":
					return read(&p.name, &p.nameEnd)
				case "value":
					return read(&p.value, &p.valueEnd)
				}
				return c.skip()
			})
		}
		keep(p)
		return err
	})
}

// decodedParams settles whether the values of a list are still percent-encoded,
// which exporters do or do not: DevTools keeps the encoding, others undo it.
func decodedParams(params []Param) []Param {
	if !encodedParams(params) {
		return params
	}
	out := make([]Param, len(params))
	for i, p := range params {
		out[i] = Param{Name: formDecode([]byte(p.Name)), Value: formDecode([]byte(p.Value)), Raw: p.Value}
	}
	return out
}

// encodedParams looks for proof: percent-encodings, and nothing that an encoder
// would have changed.
func encodedParams(params []Param) bool {
	proof := false
	for _, p := range params {
		if strings.ContainsAny(p.Value, " /:=&\r\n\"<>") {
			return false
		}
		if !proof && hasPercent([]byte(p.Value)) {
			proof = true
		}
	}
	return proof
}
