package cmd

import (
	"iter"

	"github.com/samlwhy/samlwhy/decode"
)

// result is what was read of one input: a trace, or why there is none.
type result struct {
	trace *decode.Trace
	err   error
	none  bool // it was read and holds no message
}

// task is one input that is to be read. Inputs are read side by side, and what
// they gave is told in their order.
type task struct {
	read   func() []result
	alone  bool        // not beside others: it talks to the person
	folder *folderWalk // where it was found; nil when it was named itself
	last   bool        // its folder ends here; nothing is to be read
}

// failed is a task that has failed already.
func failed(err error) *task {
	return &task{read: func() []result { return []result{{err: err}} }, alone: true}
}

// inOrder runs tasks, at most that many at once, and yields what they gave in
// their order. No more than that many results wait.
func inOrder(tasks iter.Seq[*task], most int) iter.Seq2[*task, []result] {
	type running struct {
		task *task
		done chan []result
	}
	return func(yield func(*task, []result) bool) {
		var queue []running
		wait := func(left int) bool {
			for len(queue) > left {
				first := queue[0]
				queue = queue[1:]
				if !yield(first.task, <-first.done) {
					return false
				}
			}
			return true
		}
		for t := range tasks {
			r := running{t, make(chan []result, 1)} // whoever stops early leaves nobody behind
			queue = append(queue, r)
			if t.alone {
				r.done <- t.read()
			} else {
				go func() { r.done <- t.read() }()
			}
			if !wait(most - 1) {
				return
			}
		}
		wait(0)
	}
}
