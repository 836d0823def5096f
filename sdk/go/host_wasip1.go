//go:build wasip1

package mortise

import (
	"errors"

	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
)

// What a plugin may ask, in the order of `wit/imports.wit`. Each function is linked only where it is
// used, so a component imports no more than it needs.

//go:wasmimport mortise:plugin/context@0.1.0 workflow
func contextWorkflow(result abi.Addr)

//go:wasmimport mortise:plugin/context@0.1.0 run
func contextRun(result abi.Addr)

//go:wasmimport mortise:plugin/context@0.1.0 step
func contextStep(result abi.Addr)

//go:wasmimport mortise:plugin/context@0.1.0 attempt
func contextAttempt() uint32

//go:wasmimport mortise:plugin/context@0.1.0 idempotency-key
func contextIdempotencyKey(result abi.Addr)

//go:wasmimport mortise:plugin/context@0.1.0 remaining-ms
func contextRemainingMs() uint64

//go:wasmimport mortise:plugin/context@0.1.0 cancelled
func contextCancelled() uint32

//go:wasmimport mortise:plugin/context@0.1.0 callback-url
func contextCallbackURL(result abi.Addr)

//go:wasmimport mortise:plugin/files@0.1.0 stat
func filesStat(id abi.Addr, idLen uint32, result abi.Addr)

//go:wasmimport mortise:plugin/files@0.1.0 read
func filesRead(id abi.Addr, idLen uint32, offset uint64, length uint32, result abi.Addr)

//go:wasmimport mortise:plugin/files@0.1.0 create
func filesCreate(hasName uint32, name abi.Addr, nameLen uint32, kind abi.Addr, kindLen uint32, result abi.Addr)

//go:wasmimport mortise:plugin/files@0.1.0 append
func filesAppend(id abi.Addr, idLen uint32, data abi.Addr, dataLen uint32, result abi.Addr)

//go:wasmimport mortise:plugin/log@0.1.0 write
func logWrite(level uint32, message abi.Addr, messageLen uint32, fields abi.Addr, fieldsLen uint32)

//go:wasmimport mortise:plugin/state@0.1.0 get
func stateGet(key abi.Addr, keyLen uint32, result abi.Addr)

//go:wasmimport mortise:plugin/state@0.1.0 set
func stateSet(key abi.Addr, keyLen uint32, value abi.Addr, valueLen uint32)

//go:wasmimport mortise:plugin/state@0.1.0 delete
func stateDelete(key abi.Addr, keyLen uint32)

//go:wasmimport mortise:plugin/connection@0.1.0 settings
func connectionSettings(result abi.Addr)

//go:wasmimport mortise:plugin/connection@0.1.0 sign
func connectionSign(secret abi.Addr, secretLen, algorithm uint32, data abi.Addr, dataLen uint32, result abi.Addr)

//go:wasmimport mortise:plugin/connection@0.1.0 verify
func connectionVerify(secret abi.Addr, secretLen, algorithm uint32, data abi.Addr, dataLen uint32,
	signature abi.Addr, signatureLen uint32, result abi.Addr)

// ask calls the host with memory for a result of so many bytes, and reads the result. call enters the
// frame when all its arguments stand: until then another goroutine may run and call the host as well.
func ask(size uint32, call func(f *abi.Frame, result abi.Addr), read func(in *abi.In)) {
	frame := new(abi.Frame)
	result, _ := frame.Reserve(size)
	call(frame, result)
	frame.Leave()
	read(abi.At(result))
	frame.Done()
}

// askResult is as ask, for a result whose error is a text.
func askResult(size, align uint32, call func(f *abi.Frame, result abi.Addr), read func(in *abi.In)) (err error) {
	ask(size, call, func(in *abi.In) {
		if in.Variant(align) != 0 {
			err = errors.New(in.Text())
		} else {
			read(in)
		}
	})
	return err
}

func askText(call func(result abi.Addr)) (text string) {
	ask(abi.SizeText, func(f *abi.Frame, result abi.Addr) {
		f.Enter()
		call(result)
	}, func(in *abi.In) { text = in.Text() })
	return text
}

func hostWorkflow() string       { return askText(contextWorkflow) }
func hostRun() string            { return askText(contextRun) }
func hostStep() string           { return askText(contextStep) }
func hostAttempt() uint32        { return contextAttempt() }
func hostIdempotencyKey() string { return askText(contextIdempotencyKey) }
func hostRemainingMs() uint64    { return contextRemainingMs() }
func hostCancelled() bool        { return contextCancelled() != 0 }
func hostSettings() string       { return askText(connectionSettings) }

func hostCallbackURL() (url string, err error) {
	err = askResult(abi.SizeResultText, 4, func(f *abi.Frame, result abi.Addr) {
		f.Enter()
		contextCallbackURL(result)
	}, func(in *abi.In) { url = in.Text() })
	return url, err
}

func hostStat(id string) (info FileInfo, err error) {
	err = askResult(abi.SizeResultInfo, 8, func(f *abi.Frame, result abi.Addr) {
		at, count := f.Text(id)
		f.Enter()
		filesStat(at, count, result)
	}, func(in *abi.In) {
		info = FileInfo{Size: in.Uint64(), ContentType: in.Text(), Name: in.OptionalText()}
	})
	return info, err
}

func hostReadFile(id string, offset uint64, length uint32) (bytes []byte, err error) {
	err = askResult(abi.SizeResultText, 4, func(f *abi.Frame, result abi.Addr) {
		at, count := f.Text(id)
		f.Enter()
		filesRead(at, count, offset, length, result)
	}, func(in *abi.In) { bytes = in.Bytes() })
	return bytes, err
}

func hostCreateFile(name, contentType string) (id string, err error) {
	err = askResult(abi.SizeResultText, 4, func(f *abi.Frame, result abi.Addr) {
		at, count := f.Text(name)
		kind, kindLen := f.Text(contentType)
		f.Enter()
		filesCreate(uint32(abi.Bit(name != "")), at, count, kind, kindLen, result)
	}, func(in *abi.In) { id = in.Text() })
	return id, err
}

func hostAppendFile(id string, data []byte) error {
	return askResult(abi.SizeResultText, 4, func(f *abi.Frame, result abi.Addr) {
		at, count := f.Text(id)
		bytes, bytesLen := f.Bytes(data)
		f.Enter()
		filesAppend(at, count, bytes, bytesLen, result)
	}, func(*abi.In) {})
}

func hostLog(level Level, message string, fields []Header) {
	frame := new(abi.Frame)
	at, count := frame.Text(message)
	pairs, pairsLen := abi.List(frame, fields, abi.SizePair, putHeader)
	logWrite(uint32(level), at, count, pairs, pairsLen)
	frame.Done()
}

func hostGetState(key string) (value []byte, ok bool) {
	ask(abi.SizeResultText, func(f *abi.Frame, result abi.Addr) {
		at, count := f.Text(key)
		f.Enter()
		stateGet(at, count, result)
	}, func(in *abi.In) {
		if ok = in.Variant(4) != 0; ok {
			value = in.Bytes()
		}
	})
	return value, ok
}

func hostSetState(key string, value []byte) {
	frame := new(abi.Frame)
	at, count := frame.Text(key)
	bytes, bytesLen := frame.Bytes(value)
	stateSet(at, count, bytes, bytesLen)
	frame.Done()
}

func hostDeleteState(key string) {
	frame := new(abi.Frame)
	at, count := frame.Text(key)
	stateDelete(at, count)
	frame.Done()
}

func hostSign(secret string, algorithm Algorithm, data []byte) (signature []byte, err error) {
	err = askResult(abi.SizeResultText, 4, func(f *abi.Frame, result abi.Addr) {
		at, count := f.Text(secret)
		bytes, bytesLen := f.Bytes(data)
		f.Enter()
		connectionSign(at, count, uint32(algorithm), bytes, bytesLen, result)
	}, func(in *abi.In) { signature = in.Bytes() })
	return signature, err
}

func hostVerify(secret string, algorithm Algorithm, data, signature []byte) (fits bool, err error) {
	err = askResult(abi.SizeResultText, 4, func(f *abi.Frame, result abi.Addr) {
		at, count := f.Text(secret)
		bytes, bytesLen := f.Bytes(data)
		against, againstLen := f.Bytes(signature)
		f.Enter()
		connectionVerify(at, count, uint32(algorithm), bytes, bytesLen, against, againstLen, result)
	}, func(in *abi.In) { fits = in.Bool() })
	return fits, err
}
