using Mimir.Kernels.Devices.Driver;
using static Mimir.Kernels.Tests.Devices.Driver.Emulated.EmulatedSession;

namespace Mimir.Kernels.Tests.Devices.Driver.Emulated;

/// <summary>Captures and graphs of the emulated driver.</summary>
internal sealed unsafe class EmulatedCaptureTests
{
    [Test]
    public void WorkIsRecordedWithItsArgumentsAndReplayed()
    {
        using var session = new EmulatedSession();
        var (driver, stream) = (session.Driver, session.Stream);
        var x = session.Place("x", 10, 20);
        var increment = session.Function("increment");
        Begin(session);
        Ok(session.Increment(increment, x, 2, 1));
        Ok(session.Increment(increment, x, 1, 100));
        Ok(driver.StreamIsCapturing(stream, out var isCapturing));
        Ok(driver.StreamEndCapture(stream, out var graph));
        Assert.That(isCapturing, Is.True);
        Assert.That(session.Read(x, 2), Is.EqualTo(new[] { 10, 20 }), "nothing has run yet");
        Ok(driver.GraphInstantiate(out var executable, graph, 0));
        Ok(driver.GraphDestroy(graph));
        Ok(driver.GraphLaunch(executable, stream));
        Ok(driver.GraphLaunch(executable, stream));
        Assert.That(session.Read(x, 2), Is.EqualTo(new[] { 212, 22 }));

        Begin(session);
        Ok(session.Increment(increment, x, 2, 5));
        Ok(session.Increment(increment, x, 2, 5));
        Ok(driver.StreamEndCapture(stream, out var other));
        Ok(driver.GraphExecUpdate(executable, other));
        Ok(driver.GraphLaunch(executable, stream));
        Assert.That(session.Read(x, 2), Is.EqualTo(new[] { 222, 32 }));

        Begin(session);
        Ok(session.Increment(increment, x, 2, 5));
        Ok(driver.StreamEndCapture(stream, out var shorter));
        Assert.That(driver.GraphExecUpdate(executable, shorter), Is.EqualTo(DriverResult.GraphExecUpdateFailure));
        Ok(driver.GraphExecDestroy(executable));
        Assert.That(driver.GraphLaunch(executable, stream), Is.EqualTo(DriverResult.InvalidHandle));
    }

    [TestCase("cuMemAlloc")]
    [TestCase("cuMemFree")]
    [TestCase("cuMemcpyDtoH")]
    [TestCase("cuCtxSynchronize")]
    [TestCase("a wait for the stream")]
    [TestCase("a query of the stream")]
    public void WhatWouldWaitEndsTheCapture(string call)
    {
        using var session = new EmulatedSession();
        var driver = session.Driver;
        var x = session.Place("x", 1);
        int host;
        Begin(session);
        var result = call switch
        {
            "cuMemAlloc" => driver.MemAlloc(out _, 4),
            "cuMemFree" => driver.MemFree(x),
            "cuMemcpyDtoH" => driver.MemcpyDtoH(&host, x, 4),
            "cuCtxSynchronize" => driver.CtxSynchronize(),
            "a wait for the stream" => driver.StreamSynchronize(session.Stream),
            _ => driver.StreamQuery(session.Stream),
        };
        Assert.That(result, Is.EqualTo(DriverResult.StreamCaptureUnsupported));
        Assert.That(driver.GetErrorString(result), Does.EndWith(call));
        Assert.That(driver.MemsetD8Async(x, 0, 4, session.Stream), Is.EqualTo(DriverResult.StreamCaptureInvalidated));
        Assert.That(driver.StreamEndCapture(session.Stream, out var graph), Is.EqualTo(DriverResult.StreamCaptureInvalidated));
        Assert.That((long)graph, Is.Zero);
        Ok(driver.StreamSynchronize(session.Stream));
        Assert.That(session.Read(x, 1), Is.EqualTo(new[] { 1 }));
    }

    [Test]
    public void ARelaxedCaptureAllowsAllocation()
    {
        using var session = new EmulatedSession();
        Ok(session.Driver.StreamBeginCapture(session.Stream, CaptureMode.Relaxed));
        Ok(session.Driver.MemAlloc(out _, 4));
        Ok(session.Driver.StreamEndCapture(session.Stream, out _));
    }

    [Test]
    public void ACaptureBeginsOnceAndEndsWhereItBegan()
    {
        using var session = new EmulatedSession();
        var driver = session.Driver;
        Assert.That(driver.StreamBeginCapture(0, CaptureMode.ThreadLocal), Is.EqualTo(DriverResult.StreamCaptureUnsupported));
        Assert.That(driver.StreamEndCapture(session.Stream, out _), Is.EqualTo(DriverResult.IllegalState));
        Begin(session);
        Assert.That(driver.StreamBeginCapture(session.Stream, CaptureMode.ThreadLocal), Is.EqualTo(DriverResult.IllegalState));
        Ok(driver.StreamEndCapture(session.Stream, out _));
    }

    [Test]
    public void StreamsThatForkOffHaveToJoinAgain([Values] bool joins)
    {
        using var session = new EmulatedSession();
        var (driver, x) = (session.Driver, session.Place("x", 1));
        var increment = session.Function("increment");
        Ok(driver.StreamCreate(out var side, StreamFlags.NonBlocking));
        Ok(driver.EventCreate(out var fork, EventFlags.DisableTiming));
        Ok(driver.EventCreate(out var join, EventFlags.DisableTiming));
        Begin(session);
        Ok(driver.EventRecord(fork, session.Stream));
        Ok(driver.StreamWaitEvent(side, fork));
        Ok(session.Increment(increment, x, 1, 4, side));
        Ok(driver.EventRecord(join, side));
        Assert.That(driver.EventSynchronize(join), Is.EqualTo(DriverResult.CapturedEvent));
        if (joins)
            Ok(driver.StreamWaitEvent(session.Stream, join));
        Assert.That(driver.StreamEndCapture(session.Stream, out var graph), Is.EqualTo(joins ? DriverResult.Success : DriverResult.StreamCaptureUnjoined));
        Ok(driver.StreamIsCapturing(side, out var isCapturing));
        Assert.That(isCapturing, Is.False);
        if (!joins)
            return;
        Ok(driver.GraphInstantiate(out var executable, graph, 0));
        Ok(driver.GraphLaunch(executable, session.Stream));
        Assert.That(session.Read(x, 1), Is.EqualTo(new[] { 5 }));
    }

    [Test]
    public void TheLegacyStreamMayNotMixWithACaptureOfABlockingStream()
    {
        using var session = new EmulatedSession();
        var (driver, x) = (session.Driver, session.Place("x", 1));
        Ok(driver.StreamCreate(out var blocking, StreamFlags.Default));
        Ok(driver.StreamBeginCapture(blocking, CaptureMode.ThreadLocal));
        Assert.That(driver.MemsetD8Async(x, 0, 4, 0), Is.EqualTo(DriverResult.StreamCaptureImplicit));
        Assert.That(driver.StreamEndCapture(blocking, out _), Is.EqualTo(DriverResult.StreamCaptureInvalidated));
        Begin(session);
        Ok(driver.MemsetD8Async(x, 0, 4, 0));
        Ok(driver.StreamEndCapture(session.Stream, out _));
    }

    [Test]
    public void MemoryOfACaptureBelongsToItsGraph()
    {
        using var session = new EmulatedSession();
        var (driver, x) = (session.Driver, session.Place("x", 3));
        var increment = session.Function("increment");
        Begin(session);
        Ok(driver.MemAllocAsync(out var temporary, 4, session.Stream));
        Ok(driver.MemcpyDtoDAsync(temporary, x, 4, session.Stream));
        Ok(session.Increment(increment, temporary, 1, 1));
        Ok(driver.MemcpyDtoDAsync(x, temporary, 4, session.Stream));
        Ok(driver.MemFreeAsync(temporary, session.Stream));
        Ok(driver.StreamEndCapture(session.Stream, out var graph));
        Ok(driver.GraphInstantiate(out var executable, graph, 0));
        Ok(driver.GraphDestroy(graph));
        Ok(driver.GraphLaunch(executable, session.Stream));
        Ok(driver.GraphLaunch(executable, session.Stream));
        Assert.That(session.Read(x, 1), Is.EqualTo(new[] { 5 }));
        Ok(driver.GraphExecDestroy(executable));
        Ok(driver.MemFree(x));
        Assert.That(driver.MemFree(temporary), Is.EqualTo(DriverResult.InvalidValue), "it went with the graph");
        session.Driver.Findings.Clear();
        session.Dispose();
        Assert.That(session.Driver.Findings.Diagnostics, Is.Empty, "nothing was left");
    }

    [Test]
    public void MemoryThatACaptureLeavesAllocatedOutlivesItsGraph()
    {
        using var session = new EmulatedSession();
        var driver = session.Driver;
        Begin(session);
        Ok(driver.MemAllocAsync(out var kept, 4, session.Stream));
        Ok(driver.MemsetD32Async(kept, 7, 1, session.Stream));
        Ok(driver.StreamEndCapture(session.Stream, out var graph));
        Ok(driver.GraphInstantiate(out var executable, graph, 0));
        Ok(driver.GraphLaunch(executable, session.Stream));
        Ok(driver.GraphDestroy(graph));
        Ok(driver.GraphExecDestroy(executable));
        Assert.That(session.Read(kept, 1), Is.EqualTo(new[] { 7 }));
        Ok(driver.MemFree(kept));
    }

    private static void Begin(EmulatedSession session) => Ok(session.Driver.StreamBeginCapture(session.Stream, CaptureMode.ThreadLocal));
}
