// Package seam holds the host of a test, so that the package fake can put it in place.
package seam

import "sync"

var (
	lock    sync.Mutex
	current any
)

// Current is the host in place, or nil.
func Current() any {
	lock.Lock()
	defer lock.Unlock()
	return current
}

// Install puts a host in place; it says false where there is one already.
func Install(host any) bool {
	lock.Lock()
	defer lock.Unlock()
	if current != nil {
		return false
	}
	current = host
	return true
}

// Remove takes the host away.
func Remove() {
	lock.Lock()
	defer lock.Unlock()
	current = nil
}
