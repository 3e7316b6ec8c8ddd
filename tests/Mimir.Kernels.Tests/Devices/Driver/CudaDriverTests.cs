using Mimir.Kernels.Devices;
using Mimir.Kernels.Devices.Driver;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels.Tests.Devices.Driver;

/// <summary>A <see cref="PtxDevice"/> on <see cref="CudaDriver"/>, down to the raw arguments of the C functions, without a card.</summary>
[NonParallelizable]
internal sealed class CudaDriverTests
{
    private static readonly PtxKernel s_kernel = new("elementwise", "elementwise_scale_f32");
    private static readonly DeviceId s_id = new(DeviceKind.Cuda);

    [Test]
    public void OpeningAsksForTheDeviceAndMakesAContextWithOneStream()
    {
        using var cuda = new FakeCuda();
        using var device = Open(cuda, new DeviceId(DeviceKind.Cuda, 1));
        Assert.Multiple(() =>
        {
            Assert.That(cuda.Calls.Take(3), Is.EqualTo(new[] { "cuInit(0)", "cuDeviceGetCount()", "cuDeviceGet(1)" }));
            Assert.That(cuda.Calls, Does.Contain("cuDevicePrimaryCtxRetain(101)"));
            Assert.That(cuda.Calls, Does.Contain($"cuCtxSetCurrent({FakeCuda.Context:x})"));
            Assert.That(cuda.Calls, Does.Contain("cuStreamCreate(1)"), "a stream that does not wait for stream 0");
            Assert.That(cuda.Calls, Does.Contain($"cuMemPoolSetAttribute({FakeCuda.Pool:x}, 4, {ulong.MaxValue})"), "the pool keeps its memory");
            Assert.That(device.Id.ToString(), Is.EqualTo("cuda:1"));
            Assert.That(device.Multiprocessors, Is.EqualTo(132));
            Assert.That(
                device.Description,
                Is.EqualTo("Fake GPU, compute capability 9.0, 132 multiprocessors, 80 GiB, libfake.so.1 for CUDA 12.4"));
        });
    }

    [Test]
    public void AMachineWithoutADriverSaysSoInOneLine()
    {
        if (SharedLibrary.TryLoad(["libcuda.so.1", "nvcuda.dll"], out _))
            Assert.Ignore("this machine has an NVIDIA driver");
        var name = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";
        Assert.That(() => PtxDevice.OpenCuda(), Throws.TypeOf<DeviceException>().With.Message.EqualTo($"no NVIDIA driver: {name} was not found"));
    }

    [Test]
    public void ADriverWithoutCardsIsNotCalledFurther([Values] bool byCode)
    {
        using var cuda = new FakeCuda { Devices = 0 };
        if (byCode)
            cuda.Results["cuInit"] = DriverResult.NoDevice;
        var thrown = Assert.Throws<DeviceException>(() => Open(cuda));
        Assert.That(thrown!.Message, Is.EqualTo("no NVIDIA card: libfake.so.1 is there and finds none"));
        Assert.That(cuda.Calls, Has.Count.EqualTo(byCode ? 1 : 2));
    }

    [Test]
    public void ADeviceThatIsNotThereOrTooOldIsRefused()
    {
        using var cuda = new FakeCuda();
        Assert.That(
            () => Open(cuda, new DeviceId(DeviceKind.Cuda, 2)),
            Throws.TypeOf<DeviceException>().With.Message.EqualTo("no cuda:2: libfake.so.1 has 2 devices"));
        cuda.Attributes[DeviceAttribute.ComputeCapabilityMajor] = 7;
        cuda.Attributes[DeviceAttribute.ComputeCapabilityMinor] = 5;
        Assert.That(
            () => Open(cuda),
            Throws.TypeOf<DeviceException>().With.Message.EqualTo("cuda:0 (Fake GPU) has compute capability 7.5; the kernels need 8.0 or newer"));
        Assert.That(cuda.Count("cuDevicePrimaryCtxRetain"), Is.Zero);
    }

    [Test]
    public void AFunctionThatNothingReplacesIsNamed()
    {
        using var cuda = new FakeCuda("cuStreamBeginCapture_v2");
        Assert.That(() => Open(cuda), Throws.TypeOf<DeviceException>().With.Message.Contains("libfake.so.1 has no cuStreamBeginCapture_v2"));
        Assert.That(cuda.Calls, Is.Empty);
    }

    [Test]
    public void ALaunchPassesHandlesSizesAndOnePackedBlock()
    {
        using var cuda = new FakeCuda();
        using var device = Open(cuda);
        var x = device.Allocate<float>(10);
        device.Launch(s_kernel, new(5, 6, 7), new(128, 2, 1), 1024, new KernelArguments().Add(x.Slice(2, 4)).Add(-3).Add(default(DeviceSpan<float>)).Add(0.5f).Add(2.5));
        Assert.That(
            cuda.Calls[^1],
            Is.EqualTo($"cuLaunchKernel({FakeCuda.Function:x}, 5, 6, 7, 128, 2, 1, 1024, {FakeCuda.Stream:x}, 0, packed)"));
        byte[] expected =
        [
            .. BitConverter.GetBytes(x.DeviceAddress + 8), .. BitConverter.GetBytes(-3), 0, 0, 0, 0, .. new byte[8], .. BitConverter.GetBytes(0.5f), 0, 0, 0, 0,
            .. BitConverter.GetBytes(2.5),
        ];
        Assert.That(cuda.Parameters, Is.EqualTo(expected), "every argument at a multiple of its size");
    }

    [Test]
    public void AWarmLaunchAllocatesNothing()
    {
        using var cuda = new FakeCuda { IsRecording = false };
        using var device = Open(cuda);
        var x = device.Allocate<float>(10);
        KernelInvariants.AssertNoAllocation(
            () => device.Launch(s_kernel, new(1), new(32), 0, new KernelArguments().Add(x).Add(0.5f).Add(x).Add(10L)), "launch");
    }

    [Test]
    public void AFileIsCompiledOnceWithLogsInSlotsOfPointerSize()
    {
        using var cuda = new FakeCuda();
        using var device = Open(cuda);
        device.Launch(s_kernel, new(1), new(32), 0, default);
        device.Launch(new PtxKernel("elementwise", "elementwise_add_scaled_f32"), new(1), new(32), 0, default);
        device.Launch(s_kernel, new(1), new(32), 0, default);
        Assert.Multiple(() =>
        {
            Assert.That(cuda.Count("cuModuleLoadDataEx"), Is.EqualTo(1));
            Assert.That(cuda.Calls, Does.Contain($"cuModuleGetFunction({FakeCuda.Module:x}, elementwise_scale_f32)"));
            Assert.That(cuda.Count("cuModuleGetFunction"), Is.EqualTo(2));
            Assert.That(cuda.Image, Is.EqualTo(PtxFiles.Image("elementwise")), "the text and one zero byte");
            Assert.That(cuda.Options.Select(option => (int)option.Option), Is.EqualTo(new[] { 3, 4, 5, 6, 13 }));
            Assert.That(cuda.Options[1].Value, Is.EqualTo((nint)(32 << 10)), "the size itself, not its address");
            Assert.That(cuda.Options[3].Value, Is.EqualTo((nint)(32 << 10)));
            Assert.That(cuda.Options[4].Value, Is.EqualTo((nint)1));
            Assert.That(cuda.Options[0].Value, Is.Not.EqualTo(cuda.Options[2].Value).And.Not.Zero, "two buffers");
        });
    }

    [Test]
    public void ARefusedFileSaysWhatTheCompilerSaid()
    {
        using var cuda = new FakeCuda { ErrorLog = "ptxas application ptx input, line 7; error : Unknown symbol '%x'" };
        using var device = Open(cuda);
        cuda.Results["cuModuleLoadDataEx"] = DriverResult.InvalidPtx;
        var thrown = Assert.Throws<DeviceException>(() => device.Launch(s_kernel, new(1), new(32), 0, default));
        Assert.Multiple(() =>
        {
            Assert.That(thrown!.Result, Is.EqualTo(DriverResult.InvalidPtx));
            Assert.That(thrown.Message, Does.StartWith("cuModuleLoadDataEx of elementwise.ptx (.version 7.1, .target sm_80) on cuda:0: CUDA_ERROR_NAMED_BY_DRIVER (218): what the driver says"));
            Assert.That(thrown.Message, Does.Contain("device Fake GPU, driver for CUDA 12.4\n" + cuda.ErrorLog));
        });
    }

    [Test]
    public void AnEntryThatTheFileLacksIsNamed()
    {
        using var cuda = new FakeCuda { Results = { ["cuModuleGetFunction"] = DriverResult.NotFound } };
        using var device = Open(cuda);
        Assert.That(
            () => device.Launch(s_kernel, new(1), new(32), 0, default),
            Throws.TypeOf<DeviceException>().With.Message.EqualTo("elementwise.ptx has no entry elementwise_scale_f32"));
    }

    [Test]
    public void MoreThan48KilobytesOfSharedMemoryAreAskedForOnce()
    {
        using var cuda = new FakeCuda { StaticSharedBytes = 1024 };
        using var device = Open(cuda);
        device.Launch(s_kernel, new(1), new(32), 47 << 10, default);
        Assert.That(cuda.Count("cuFuncSetAttribute"), Is.Zero);
        device.Launch(s_kernel, new(1), new(32), 48 << 10, default);
        device.Launch(s_kernel, new(1), new(32), 48 << 10, default);
        Assert.That(cuda.Calls.Where(call => call.StartsWith("cuFuncSetAttribute", StringComparison.Ordinal)),
            Is.EqualTo(new[] { $"cuFuncSetAttribute({FakeCuda.Function:x}, 8, {48 << 10})" }));
        cuda.Results["cuFuncSetAttribute"] = DriverResult.InvalidValue;
        Assert.That(
            () => device.Launch(s_kernel, new(1), new(32), 1 << 20, default),
            Throws.TypeOf<DeviceException>().With.Message.Contains("elementwise_scale_f32 of elementwise.ptx for 1048576 bytes of dynamic shared memory"));
    }

    [Test]
    public void AFailedLaunchNamesKernelGridAndBlock()
    {
        using var cuda = new FakeCuda { Results = { ["cuLaunchKernel"] = DriverResult.InvalidValue } };
        using var device = Open(cuda);
        var thrown = Assert.Throws<DeviceException>(() => device.Launch(s_kernel, new(9), new(32, 4), 16, default));
        Assert.That(
            thrown!.Message,
            Is.EqualTo("elementwise_scale_f32 of elementwise.ptx, grid (9, 1, 1), block (32, 4, 1), 16 bytes of dynamic shared memory, on cuda:0: "
                + "CUDA_ERROR_NAMED_BY_DRIVER (1): what the driver says"));
    }

    [Test]
    public void AKernelThatFailsLaterIsStillNamed()
    {
        using var cuda = new FakeCuda();
        using var device = Open(cuda);
        var x = device.Allocate<float>(1);
        device.Launch(s_kernel, new(9), new(32), 0, default);
        cuda.Results["cuEventSynchronize"] = DriverResult.IllegalAddress;
        Assert.That(
            () => x.ToArray(),
            Throws.TypeOf<DeviceException>().With.Message.EndsWith(
                "(700): what the driver says; the last kernel started before was elementwise_scale_f32 of elementwise.ptx, grid (9, 1, 1), block (32, 1, 1)"));
    }

    [Test]
    public void AnotherThreadGetsTheContextBeforeItsFirstCall()
    {
        using var cuda = new FakeCuda();
        using var device = Open(cuda);
        var before = cuda.Count("cuCtxSetCurrent");
        var thread = new Thread(() =>
        {
            device.Synchronise();
            device.Synchronise();
        });
        thread.Start();
        thread.Join();
        Assert.That(cuda.Count("cuCtxSetCurrent"), Is.EqualTo(before + 1));
        Assert.That(cuda.Calls[^3], Is.EqualTo($"cuCtxSetCurrent({FakeCuda.Context:x})"));
    }

    [Test]
    public void DisposalGivesEverythingBackInOrderEvenWhenTheContextIsLost([Values] bool isLost)
    {
        using var cuda = new FakeCuda();
        var device = Open(cuda);
        using var kept = device.Allocate(100);
        device.Launch(s_kernel, new(1), new(32), 0, default);
        device.Repeat(3, () => device.Launch(s_kernel, new(1), new(32), 0, default));
        if (isLost)
        {
            foreach (var name in new[] { "cuStreamSynchronize", "cuModuleUnload", "cuEventDestroy_v2", "cuMemFreeHost", "cuStreamDestroy_v2", "cuGraphExecDestroy" })
                cuda.Results[name] = DriverResult.IllegalAddress;
        }

        cuda.Calls.Clear();
        device.Dispose();
        device.Dispose();
        var names = cuda.Calls.Select(call => call[..call.IndexOf('(')]).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(names.Count(name => name == "cuEventDestroy_v2"), Is.EqualTo(4));
            Assert.That(names[..2], Is.EqualTo(new[] { "cuStreamSynchronize", "cuGraphExecDestroy" }), "copies may still be on their way");
            Assert.That(names, Does.Contain("cuMemFreeHost").And.Contain("cuModuleUnload"));
            Assert.That(names[^3..], Is.EqualTo(new[] { "cuStreamDestroy_v2", "cuCtxSetCurrent", "cuDevicePrimaryCtxRelease_v2" }));
        });
        kept.Dispose();
        Assert.That(cuda.Calls, Has.Count.EqualTo(names.Count), "nothing is called after the context is gone");
    }

    [Test]
    public void AnotherThreadCanEndTheDevice()
    {
        using var cuda = new FakeCuda();
        var device = Open(cuda);
        cuda.Calls.Clear();
        var thread = new Thread(device.Dispose);
        thread.Start();
        thread.Join();
        Assert.That(cuda.Calls[0], Is.EqualTo($"cuCtxSetCurrent({FakeCuda.Context:x})"), "before anything is given back");
    }

    [Test]
    public void EveryOtherEntryPointGetsItsArguments()
    {
        using var cuda = new FakeCuda();
        var driver = new CudaDriver(cuda);
        Assert.Multiple(() =>
        {
            Check(driver.CtxSynchronize(), "cuCtxSynchronize()");
            Check(driver.OccupancyMaxActiveBlocksPerMultiprocessor(out var blocks, FakeCuda.Function, 256, 4096), $"cuOccupancyMaxActiveBlocksPerMultiprocessor({FakeCuda.Function:x}, 256, 4096)");
            Assert.That(blocks, Is.EqualTo(3));
            Check(driver.MemAlloc(out var a, 16), "cuMemAlloc_v2(16)");
            Check(driver.MemAllocAsync(out var b, 16, FakeCuda.Stream), $"cuMemAllocAsync(16, {FakeCuda.Stream:x})");
            Check(driver.MemsetD32Async(a, 0xDEADBEEF, 4, FakeCuda.Stream), $"cuMemsetD32Async({0xDEADBEEF}, 4, {FakeCuda.Stream:x})");
            Check(driver.MemcpyDtoDAsync(b, a, 16, FakeCuda.Stream), $"cuMemcpyDtoDAsync_v2(16, {FakeCuda.Stream:x})");
            Check(RoundTrip(driver, b), "cuMemcpyDtoH_v2(16)");
            Check(driver.MemFreeAsync(b, FakeCuda.Stream), $"cuMemFreeAsync({FakeCuda.Stream:x})");
            Check(driver.MemFree(a), "cuMemFree_v2()");
            Check(driver.StreamQuery(FakeCuda.Stream), $"cuStreamQuery({FakeCuda.Stream:x})");
            Check(driver.EventCreate(out var made, EventFlags.BlockingSync), "cuEventCreate(1)");
            Check(driver.StreamWaitEvent(FakeCuda.Stream, made), $"cuStreamWaitEvent({FakeCuda.Stream:x}, {made:x}, 0)");
            Check(driver.EventElapsedTime(out var milliseconds, made, made), $"cuEventElapsedTime({made:x}, {made:x})");
            Assert.That(milliseconds, Is.EqualTo(1.5f));
            Check(driver.StreamIsCapturing(FakeCuda.Stream, out var isCapturing), $"cuStreamIsCapturing({FakeCuda.Stream:x})");
            Assert.That(isCapturing, Is.True);
            Check(driver.ProfilerStart(), "cuProfilerStart()");
            Check(driver.ProfilerStop(), "cuProfilerStop()");
        });

        void Check(DriverResult result, string call)
        {
            Assert.That(result, Is.EqualTo(DriverResult.Success));
            Assert.That(cuda.Calls[^1], Is.EqualTo(call));
        }
    }

    private static unsafe DriverResult RoundTrip(CudaDriver driver, ulong address)
    {
        var values = stackalloc uint[4];
        var result = driver.MemcpyDtoH(values, address, 16);
        Assert.That(values[3], Is.EqualTo(0xDEADBEEF));
        return result;
    }

    private static PtxDevice Open(FakeCuda cuda, DeviceId? id = null) => new(new CudaDriver(cuda), id ?? s_id);
}
