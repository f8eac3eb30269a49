// rivals.go - the benchmarks of bench_sync.c and bench_chan.c that fight over
// one object, Select4 and BinaryTrees16, for Go on Linux: same names, same work,
// same output.
//
// It is /init, the only program of a Linux whose initramfs holds nothing else;
// race builds and runs it.  What stands behind "--" on the kernel's command line
// names the benchmarks to run; nothing: all.
package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	fighters = 8
	fans     = 8
)

func fight(n int) {
	var (
		mutex   sync.Mutex
		done    sync.WaitGroup
		counted int
	)

	done.Add(fighters)
	for i := 0; i < fighters; i++ {
		go func() {
			for j := 0; j < n/fighters; j++ {
				mutex.Lock()
				counted++
				mutex.Unlock()
			}
			done.Done()
		}()
	}
	done.Wait()
	if counted != n {
		panic("the count is wrong")
	}
}

func sendNumbers(c chan int, n int) {
	for i := 0; i < n; i++ {
		c <- i
	}
}

func fanIn(n, room int) {
	c := make(chan int, room)

	for i := 0; i < fans; i++ {
		go sendNumbers(c, n/fans)
	}
	for i := 0; i < n/fans*fans; i++ {
		<-c
	}
}

func contend(n int) {
	var done sync.WaitGroup
	c := make(chan int, 100)

	done.Add(fans)
	for i := 0; i < fans; i++ {
		go func() {
			sendNumbers(c, n/fans)
			done.Done()
		}()
		go func() {
			for range c {
			}
			done.Done()
		}()
	}
	done.Wait()
	done.Add(fans)
	close(c)
	done.Wait()
}

func pingPong(n int) {
	a, b := make(chan int), make(chan int)

	go func() {
		for i := 0; i < n; i++ {
			b <- <-a
		}
	}()
	for i := 0; i < n; i++ {
		a <- i
		<-b
	}
}

func buffered(n int) {
	c := make(chan int, 128)

	go func() {
		sendNumbers(c, n)
		close(c)
	}()
	for range c {
	}
}

func select4(n int) {
	var c [4]chan int

	for i := range c {
		c[i] = make(chan int)
		go sendNumbers(c[i], n/4)
	}
	for i := 0; i < n/4*4; i++ {
		select {
		case <-c[0]:
		case <-c[1]:
		case <-c[2]:
		case <-c[3]:
		}
	}
}

func fanOut(n int) {
	var (
		done sync.WaitGroup
		sum  atomic.Uint64
	)

	for ; n > 0; n -= 1000 {
		done.Add(1000)
		for i := uint64(0); i < 1000; i++ {
			go func() {
				sum.Add(i)
				done.Done()
			}()
		}
		done.Wait()
	}
}

// As tests/preempt/trees.c.
type tree struct {
	left, right *tree
}

func treeOf(depth int) *tree {
	if depth == 0 {
		return &tree{}
	}
	return &tree{treeOf(depth - 1), treeOf(depth - 1)}
}

func (t *tree) count() uint64 {
	if t.left == nil {
		return 1
	}
	return 1 + t.left.count() + t.right.count()
}

func binaryTrees(depth int) {
	const least = 4
	var (
		done   sync.WaitGroup
		counts = make([]uint64, depth+1)
		right  = uint64(4<<depth - 1 + 2<<depth - 1)
	)

	total := treeOf(depth + 1).count()
	lasting := treeOf(depth)
	for d := least; d <= depth; d += 2 {
		n := 1 << (depth - d + least)
		right += uint64(n) * (2<<d - 1)
		done.Add(1)
		go func() {
			for i := 0; i < n; i++ {
				counts[d] += treeOf(d).count()
			}
			done.Done()
		}()
	}
	done.Wait()
	for _, count := range counts {
		total += count
	}
	if total+lasting.count() != right {
		panic("the count is wrong")
	}
}

func main() {
	for _, b := range []struct {
		name string
		n    int
		run  func(n int)
	}{
		{"BinaryTrees16", 1, func(n int) {
			for ; n > 0; n-- {
				binaryTrees(16)
			}
		}},
		{"BufferedChan", 1000000, buffered},
		{"ContendedChan", 400000, contend},
		{"ContendedMutex", 400000, fight},
		{"FanIn", 200000, func(n int) { fanIn(n, 0) }},
		{"FanInBuffered", 400000, func(n int) { fanIn(n, 128) }},
		{"PingPong", 200000, pingPong},
		{"Select4", 200000, select4},
		{"WaitGroup1000", 200000, fanOut},
	} {
		if len(os.Args) > 1 && !slices.Contains(os.Args[1:], b.name) {
			continue
		}
		runtime.GC()
		b.run(b.n / 10)
		start := time.Now()
		b.run(b.n)
		fmt.Printf("Benchmark%s/harts=%d\t%8d\t%.1f ns/op\n", b.name,
			runtime.GOMAXPROCS(0), b.n,
			float64(time.Since(start).Nanoseconds())/float64(b.n))
	}
	// Lets the console drain.
	time.Sleep(100 * time.Millisecond)
	syscall.Reboot(syscall.LINUX_REBOOT_CMD_POWER_OFF)
}
