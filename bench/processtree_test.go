package main

import (
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"
)

// What children use counts as long as they run, and when they have ended.
func TestTreeCPUHasThatOfTheChildren(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux says who is whose child")
	}
	before := treeCPU([]int{os.Getpid()})
	if !before.Known {
		t.Fatal("the CPU time of this process is not known")
	}
	cmd := exec.Command("sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; read end")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	least := 50 * time.Millisecond
	for end := time.Now().Add(time.Minute); treeCPU([]int{cmd.Process.Pid}).Used < least; {
		if time.Now().After(end) {
			t.Fatal("the child uses nothing")
		}
		runtime.Gosched()
	}
	child := treeCPU([]int{cmd.Process.Pid})
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its read fails
	if got := treeCPU([]int{os.Getpid()}).Used - before.Used; got < child.Used {
		t.Errorf("%v with a child that has used %v", got, child.Used)
	}
	if treeCPU([]int{cmd.Process.Pid}).Known {
		t.Error("what a process uses that is gone is known")
	}
}

func TestParseStat(t *testing.T) {
	t.Parallel()
	p, ok := parseStat([]byte("12 (a) (b c) S 7 12 12 0 -1 4194560 1 2 3 4 100 20 3000 400 20 0 1 0 5 6\n"))
	if want := (process{7, 35_200 * time.Millisecond}); !ok || p != want {
		t.Errorf("%+v, %t, want %+v", p, ok, want)
	}
	if _, ok := parseStat([]byte("12 (a) S 7")); ok {
		t.Error("a line without times has times")
	}
}
