// A gRPC client and a gRPC server of Go, for the end-to-end tests: `server` prints its port and serves, `client ADDRESS` makes calls and prints what came of each, a line a call.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// raw has messages that are text.
type raw struct{}

func (raw) Marshal(v any) ([]byte, error) {
	if text, ok := v.(*string); ok {
		return []byte(*text), nil
	}
	return nil, fmt.Errorf("a message of type %T", v)
}

func (raw) Unmarshal(data []byte, v any) error {
	text, ok := v.(*string)
	if !ok {
		return fmt.Errorf("a message of type %T", v)
	}
	*text = string(data)
	return nil
}

func (raw) Name() string { return "raw" }

// cancelled counts the calls whose client went away or whose time was up.
var cancelled atomic.Int64

func serve(_ any, stream grpc.ServerStream) error {
	path, _ := grpc.MethodFromServerStream(stream)
	method := path[strings.LastIndex(path, "/")+1:]
	incoming, _ := metadata.FromIncomingContext(stream.Context())
	if tag := incoming.Get("x-tag"); len(tag) > 0 {
		_ = stream.SetHeader(metadata.Pairs("x-head", tag[0], "x-bytes-bin", "\x00\xff"))
		stream.SetTrailer(metadata.Pairs("x-end", tag[0]))
	}
	all := []string{}
	for {
		var message string
		err := stream.RecvMsg(&message)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			cancelled.Add(1)
			return err
		}
		if method == "Chat" {
			answer := "re:" + message
			if err := stream.SendMsg(&answer); err != nil {
				return err
			}
		}
		all = append(all, message)
	}
	return answer(method, all, stream)
}

func answer(method string, all []string, stream grpc.ServerStream) error {
	send := func(text string) error { return stream.SendMsg(&text) }
	switch method {
	case "Unary", "Collect":
		return send(strings.Join(all, "+"))
	case "Count":
		count, _ := strconv.Atoi(all[0])
		for i := range count {
			if err := send(strconv.Itoa(i)); err != nil {
				return err
			}
		}
		return nil
	case "Large":
		return send(strings.Repeat("x", 3<<20))
	case "Fail":
		return status.Error(codes.FailedPrecondition, "not 100% ready: ü")
	case "FailLate":
		_ = send("one")
		return status.Error(codes.DataLoss, "lost")
	case "Slow":
		select {
		case <-stream.Context().Done():
			cancelled.Add(1)
		case <-time.After(5 * time.Second):
		}
		return stream.Context().Err()
	case "Deadline":
		deadline, ok := stream.Context().Deadline()
		return send(fmt.Sprint(ok && time.Until(deadline) > 3*time.Second && time.Until(deadline) < 5*time.Second))
	case "Cancelled":
		return send(strconv.FormatInt(cancelled.Load(), 10))
	case "Chat":
		return nil
	}
	return status.Error(codes.Unimplemented, "no method "+method)
}

func server() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	return grpc.NewServer(grpc.UnknownServiceHandler(serve), grpc.MaxRecvMsgSize(8<<20), grpc.ForceServerCodec(raw{})).Serve(listener)
}

type caller struct{ conn *grpc.ClientConn }

// open begins a call of any kind and sends what is given.
func (c caller) open(ctx context.Context, method string, messages ...string) (grpc.ClientStream, error) {
	stream, err := c.conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, "/test.Echo/"+method)
	if err != nil {
		return nil, err
	}
	for _, message := range messages {
		if err := stream.SendMsg(&message); err != nil {
			return stream, nil // the status comes with what is received
		}
	}
	return stream, nil
}

// rest is what is received until the end, and the status.
func rest(stream grpc.ClientStream) string {
	all := []string{}
	for {
		var message string
		err := stream.RecvMsg(&message)
		if errors.Is(err, io.EOF) {
			return strings.Join(all, ",") + " OK"
		}
		if err != nil {
			return strings.TrimSpace(fmt.Sprintf("%s %s %s", strings.Join(all, ","), status.Code(err), status.Convert(err).Message()))
		}
		all = append(all, message)
	}
}

func (c caller) call(ctx context.Context, method string, messages ...string) string {
	stream, err := c.open(ctx, method, messages...)
	if err != nil {
		return status.Code(err).String()
	}
	_ = stream.CloseSend()
	return rest(stream)
}

func (c caller) chat(ctx context.Context) string {
	stream, err := c.open(ctx, "Chat")
	if err != nil {
		return status.Code(err).String()
	}
	told := []string{}
	for _, word := range []string{"a", "b", "c"} {
		var answer string
		if err := stream.SendMsg(&word); err != nil {
			return err.Error()
		}
		if err := stream.RecvMsg(&answer); err != nil {
			return err.Error()
		}
		told = append(told, answer)
	}
	_ = stream.CloseSend()
	return strings.Join(told, ",") + rest(stream)
}

func (c caller) tagged(ctx context.Context) string {
	stream, err := c.open(metadata.AppendToOutgoingContext(ctx, "x-tag", "t"), "Unary", "hi")
	if err != nil {
		return status.Code(err).String()
	}
	_ = stream.CloseSend()
	told := rest(stream)
	head, _ := stream.Header()
	return fmt.Sprintf("%s %v %q %v", told, head.Get("x-head"), head.Get("x-bytes-bin"), stream.Trailer().Get("x-end"))
}

func (c caller) cancel(ctx context.Context) string {
	short, stop := context.WithCancel(ctx)
	stream, err := c.open(short, "Chat", "a")
	if err != nil {
		return status.Code(err).String()
	}
	var first string
	_ = stream.RecvMsg(&first)
	stop()
	return first + rest(stream)
}

func (c caller) timed(ctx context.Context, limit time.Duration, method string) string {
	short, stop := context.WithTimeout(ctx, limit)
	defer stop()
	return strings.Split(c.call(short, method, "a"), " context")[0]
}

func client(address string) error {
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(raw{}), grpc.MaxCallRecvMsgSize(8<<20)))
	if err != nil {
		return err
	}
	ctx, c := context.Background(), caller{conn}
	tell := func(name, result string) { fmt.Printf("%s: %s\n", name, result) }
	tell("unary", c.call(ctx, "Unary", "hi"))
	tell("client stream", c.call(ctx, "Collect", "a", "b", "c"))
	tell("server stream", c.call(ctx, "Count", "5"))
	tell("bidi", c.chat(ctx))
	tell("metadata", c.tagged(ctx))
	tell("error", c.call(ctx, "Fail", "a"))
	tell("late error", c.call(ctx, "FailLate", "a"))
	tell("unknown method", c.call(ctx, "Nothing", "a"))
	tell("large", strconv.Itoa(len(c.call(ctx, "Large", "a"))))
	tell("large both ways", strconv.Itoa(len(c.call(ctx, "Unary", strings.Repeat("y", 3<<20)))))
	tell("deadline", c.timed(ctx, 200*time.Millisecond, "Slow"))
	tell("deadline passed on", c.timed(ctx, 4500*time.Millisecond, "Deadline"))
	tell("cancellation", strings.Split(c.cancel(ctx), " context")[0])
	time.Sleep(300 * time.Millisecond)
	tell("cancelled at the server", c.call(ctx, "Cancelled", "a"))
	return nil
}

func main() {
	run := server
	if len(os.Args) > 2 {
		run = func() error { return client(os.Args[2]) }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
