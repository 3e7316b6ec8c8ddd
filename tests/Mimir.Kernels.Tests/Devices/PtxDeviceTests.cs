using Mimir.Kernels.Devices;
using Mimir.Kernels.Devices.Driver;
using Mimir.Kernels.Tests.Devices.Driver;

namespace Mimir.Kernels.Tests.Devices;

/// <summary>Memory, copies and replayed loops of a <see cref="PtxDevice"/>, seen from the driver's side.</summary>
[NonParallelizable]
internal sealed class PtxDeviceTests
{
    private static readonly PtxKernel s_kernel = new("elementwise", "elementwise_scale_f32");

    [Test]
    public void ABlockThatWasGivenBackIsGivenOutAgain()
    {
        using var cuda = new FakeCuda();
        using var device = Open(cuda);
        ulong address;
        using (var first = (PtxBuffer)device.Allocate(1000))
            address = first.Address;
        using var second = (PtxBuffer)device.Allocate(600);
        Assert.Multiple(() =>
        {
            Assert.That(second.Address, Is.EqualTo(address), "both are blocks of 1024 bytes");
            Assert.That(cuda.Count("cuMemAllocAsync"), Is.EqualTo(1));
            Assert.That(cuda.Count("cuMemFreeAsync"), Is.Zero);
        });
        using var third = device.Allocate(2000);
        Assert.That(cuda.Calls[^1], Is.EqualTo($"cuMemAllocAsync(2048, {FakeCuda.Stream:x})"));
    }

    [Test]
    public void ADriverWithoutPoolsAllocatesPlainly([Values("cuDeviceGetDefaultMemPool", "attribute")] string lacking)
    {
        using var cuda = new FakeCuda(lacking);
        if (lacking == "attribute")
            cuda.Attributes[DeviceAttribute.MemoryPoolsSupported] = 0;
        using (var device = Open(cuda))
        {
            device.Allocate(512).Dispose();
            Assert.That(cuda.Calls, Does.Contain("cuMemAlloc_v2(512)"));
        }

        Assert.That(cuda.Count("cuMemFree_v2"), Is.EqualTo(1));
        Assert.That(cuda.Count("cuMemAllocAsync"), Is.Zero);
        Assert.That(cuda.LiveBlocks, Is.Zero);
    }

    [Test]
    public void WhatIsKeptIsGivenBackBeforeMemoryRunsOut()
    {
        using var cuda = new FakeCuda();
        using var device = Open(cuda);
        device.Allocate(4096).Dispose();
        cuda.NextResults["cuMemAllocAsync"] = new([DriverResult.OutOfMemory]);
        using var buffer = device.Allocate(8192);
        Assert.That(
            cuda.Calls[^5..],
            Is.EqualTo(new[]
            {
                $"cuMemAllocAsync(8192, {FakeCuda.Stream:x})", $"cuMemFreeAsync({FakeCuda.Stream:x})", $"cuStreamSynchronize({FakeCuda.Stream:x})",
                $"cuMemPoolTrimTo({FakeCuda.Pool:x}, 0)", $"cuMemAllocAsync(8192, {FakeCuda.Stream:x})",
            }));
        cuda.Results["cuMemAllocAsync"] = DriverResult.OutOfMemory;
        Assert.That(
            () => device.Allocate(1 << 20),
            Throws.TypeOf<OutOfMemoryException>().With.Message.EqualTo("1048576 bytes more do not fit on cuda:0 (Fake GPU): 1000 of 2000 bytes are free"));
    }

    [Test]
    public void CopiesOfAnyLengthComeBackAsTheyWent([Values(1, 4, 1 << 20, (1 << 20) + 1, 11 << 20)] int bytes)
    {
        using var cuda = new FakeCuda();
        using var device = Open(cuda);
        var values = new byte[bytes];
        new Random(bytes).NextBytes(values);
        using var buffer = device.Allocate(bytes + 3);
        buffer.Write(2, values);
        var back = new byte[bytes];
        buffer.Read(2, back);
        Assert.That(back.AsSpan().SequenceEqual(values), Is.True);
        buffer.Clear(2, bytes);
        buffer.Read(2, back);
        Assert.That(back, Is.All.Zero);
        Assert.That(() => buffer.Write(4, values), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => buffer.Read(-1, back), Throws.TypeOf<ArgumentOutOfRangeException>());
        buffer.Dispose();
        Assert.That(() => buffer.Write(0, values), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void APieceOfPinnedMemoryIsReusedOnlyWhenItsCopyIsThrough()
    {
        using var cuda = new FakeCuda();
        using var device = Open(cuda);
        using var buffer = device.Allocate(6 << 20);
        cuda.Calls.Clear();
        buffer.Write(0, new byte[6 << 20]);
        var records = cuda.Calls.Where(call => call.StartsWith("cuEventRecord", StringComparison.Ordinal)).Select(EventOf).ToList();
        var waits = cuda.Calls.Where(call => call.StartsWith("cuEventSynchronize", StringComparison.Ordinal)).Select(EventOf).ToList();
        Assert.That(records, Has.Count.EqualTo(6));
        Assert.That(records, Is.EqualTo(waits), "each piece waits for the copy that used its slot before");
        Assert.That(records.Distinct().Count(), Is.EqualTo(4));

        static string EventOf(string call) => call.Split('(', ',', ')')[1];
    }

    [Test]
    public void ALoopIsRunOnceRecordedOnceAndReplayed()
    {
        using var cuda = new FakeCuda();
        using var device = Open(cuda);
        var runs = 0;
        device.Repeat(10, Body);
        Assert.Multiple(() =>
        {
            Assert.That(runs, Is.EqualTo(2));
            Assert.That(cuda.Calls, Does.Contain($"cuStreamBeginCapture_v2({FakeCuda.Stream:x}, 1)"));
            Assert.That(cuda.Calls, Does.Contain($"cuGraphInstantiateWithFlags({FakeCuda.Graph:x}, 0)"));
            Assert.That(cuda.Calls, Does.Contain($"cuGraphDestroy({FakeCuda.Graph:x})"));
            Assert.That(cuda.Count("cuGraphLaunch"), Is.EqualTo(9));
        });
        device.Repeat(3, Body);
        Assert.That(cuda.Calls, Does.Contain($"cuGraphExecUpdate_v2({FakeCuda.Executable:x}, {FakeCuda.Graph:x})"));
        Assert.That(cuda.Count("cuGraphInstantiateWithFlags"), Is.EqualTo(1), "only the arguments changed");
        cuda.Results["cuGraphExecUpdate_v2"] = DriverResult.GraphExecUpdateFailure;
        device.Repeat(3, Body);
        Assert.That(cuda.Count("cuGraphExecDestroy"), Is.EqualTo(1));
        Assert.That(cuda.Count("cuGraphInstantiateWithFlags"), Is.EqualTo(2));
        device.Repeat(2, Body);
        Assert.That(runs, Is.EqualTo(8), "two passes are not worth a record");

        void Body()
        {
            runs++;
            device.Launch(s_kernel, new(1), new(32), 0, default);
        }
    }

    [Test]
    public void OlderDriversReplayToo()
    {
        using var cuda = new FakeCuda("cuGraphInstantiateWithFlags", "cuGraphExecUpdate_v2");
        using var device = Open(cuda);
        device.Repeat(3, () => { });
        device.Repeat(3, () => { });
        Assert.That(cuda.Calls, Does.Contain($"cuGraphInstantiate_v2({FakeCuda.Graph:x}, 0, 0, 0)"));
        Assert.That(cuda.Calls, Does.Contain($"cuGraphExecUpdate({FakeCuda.Executable:x}, {FakeCuda.Graph:x})"));
    }

    [Test]
    public void ABodyThatTalksToTheHostIsRefusedAndTheRecordingEnds()
    {
        using var cuda = new FakeCuda();
        using var device = Open(cuda);
        var x = device.Allocate<float>(4);
        x.Clear();
        Assert.That(() => device.Repeat(3, () => x.ToArray()), Throws.InvalidOperationException.With.Message.Contains("Repeat"));
        Assert.That(cuda.Count("cuStreamEndCapture"), Is.EqualTo(1));
        Assert.That(cuda.Count("cuGraphDestroy"), Is.EqualTo(1));
        Assert.That(x.ToArray(), Is.All.Zero, "the device works on");
    }

    [Test]
    public void WhileSomebodyListensEveryPassRunsByItself()
    {
        using var cuda = new FakeCuda();
        using var device = Open(cuda);
        device.Listener = new Ear();
        var runs = 0;
        device.Repeat(5, () => runs++);
        Assert.That(runs, Is.EqualTo(5));
        Assert.That(cuda.Count("cuStreamBeginCapture_v2"), Is.Zero);
    }

    [Test]
    public void AKernelIsTimedByEventsAndNamedToProfilers()
    {
        using var cuda = new FakeCuda();
        using var device = new PtxDevice(new CudaDriver(cuda), new DeviceId(DeviceKind.Cuda), MatrixPrecision.Float32, NvtxRanges.Of(cuda));
        var ear = new Ear();
        device.Listener = ear;
        cuda.Calls.Clear();
        using (KernelScope.Enter(device, "Outer.Forward", 1, 2, new KernelShape(3)))
        {
            using var inner = KernelScope.Enter(device, "Inner.Forward", 1, 2, new KernelShape(3));
        }

        var events = cuda.Calls.Where(call => call.StartsWith("cuEventElapsedTime", StringComparison.Ordinal)).ToList();
        var halfMore = System.Diagnostics.Stopwatch.Frequency * 3 / 2000;
        Assert.Multiple(() =>
        {
            Assert.That(cuda.Calls[0], Is.EqualTo("nvtxRangePushA(Outer.Forward)"));
            Assert.That(cuda.Calls, Does.Contain("nvtxRangePushA(Inner.Forward)"));
            Assert.That(cuda.Calls[^1], Is.EqualTo("nvtxRangePop()"));
            Assert.That(cuda.Count("nvtxRangePop"), Is.EqualTo(2));
            Assert.That(events.Distinct().Count(), Is.EqualTo(2), "nested measurements have events of their own");
            Assert.That(ear.Calls.Select(call => call.EndTicks - call.StartTicks), Is.All.EqualTo(halfMore), "1.5 ms by the device's clock");
        });
        device.Listener = null;
        cuda.Calls.Clear();
        KernelScope.Enter(device, "Outer.Forward", 1, 2, new KernelShape(3)).Dispose();
        Assert.That(cuda.Calls, Is.EqualTo(new[] { "nvtxRangePushA(Outer.Forward)", "nvtxRangePop()" }));
    }

    [Test]
    public void MemoryOfAnotherDeviceIsNoArgument()
    {
        using var cuda = new FakeCuda();
        using var device = Open(cuda);
        using var host = new HostDevice(1);
        var x = host.Allocate<float>(4);
        Assert.That(() => device.Launch(s_kernel, new(1), new(32), 0, new KernelArguments().Add(x)), Throws.InvalidOperationException);
        x.Buffer.Dispose();
    }

    private static PtxDevice Open(FakeCuda cuda) => new(new CudaDriver(cuda), new DeviceId(DeviceKind.Cuda));

    private sealed class Ear : IKernelListener
    {
        public List<KernelCall> Calls { get; } = [];

        public void OnKernel(in KernelCall call) => Calls.Add(call);
    }
}
