using System.Text;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Devices.Driver;
using Mimir.Kernels.Devices.Driver.Emulated;
using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;
using static Mimir.Kernels.Tests.Devices.Driver.Emulated.EmulatedSession;

namespace Mimir.Kernels.Tests.Devices.Driver.Emulated;

/// <summary>Contexts, modules, launches and memory of the emulated driver: what a card would refuse or report.</summary>
internal sealed unsafe class EmulatedDriverTests
{
    [Test]
    public void NothingWorksBeforeItIsInitialisedAndHasAContext()
    {
        using var driver = new EmulatedDriver();
        Assert.That(driver.DeviceGetCount(out _), Is.EqualTo(DriverResult.NotInitialized));
        Assert.That(driver.MemAlloc(out _, 4), Is.EqualTo(DriverResult.NotInitialized));
        Assert.That(driver.Init(1), Is.EqualTo(DriverResult.InvalidValue));
        Ok(driver.Init(0));
        Ok(driver.DeviceGetCount(out var count));
        Assert.That(count, Is.EqualTo(1));
        Assert.That(driver.DeviceGet(out _, 1), Is.EqualTo(DriverResult.InvalidDevice));
        Assert.That(driver.CtxSetCurrent(0x10), Is.EqualTo(DriverResult.InvalidContext), "there is none yet");
        Ok(driver.DevicePrimaryCtxRetain(out var context, 0));
        Assert.That(driver.MemAlloc(out _, 4), Is.EqualTo(DriverResult.InvalidContext), "it is not this thread's");
        Ok(driver.CtxSetCurrent(context));
        Ok(driver.MemAlloc(out _, 4));
        var elsewhere = DriverResult.Success;
        var thread = new Thread(() => elsewhere = driver.MemAlloc(out _, 4));
        thread.Start();
        thread.Join();
        Assert.That(elsewhere, Is.EqualTo(DriverResult.InvalidContext), "each thread has its own");
    }

    [TestCase(DeviceAttribute.MultiprocessorCount, 108)]
    [TestCase(DeviceAttribute.MaxSharedMemoryPerBlockOptIn, 166_912)]
    [TestCase(DeviceAttribute.MaxSharedMemoryPerMultiprocessor, 167_936)]
    [TestCase(DeviceAttribute.MaxSharedMemoryPerBlock, 49_152)]
    [TestCase(DeviceAttribute.ComputeCapabilityMajor, 8)]
    [TestCase(DeviceAttribute.ComputeCapabilityMinor, 0)]
    [TestCase(DeviceAttribute.MaxThreadsPerMultiprocessor, 2048)]
    [TestCase(DeviceAttribute.MaxBlockDimZ, 64)]
    [TestCase(DeviceAttribute.MaxGridDimY, 65_535)]
    [TestCase(DeviceAttribute.WarpSize, 32)]
    public void TheDeviceIsAnA100(DeviceAttribute attribute, int expected)
    {
        using var session = new EmulatedSession();
        Ok(session.Driver.DeviceGetAttribute(out var value, attribute, 0));
        Ok(session.Driver.DeviceGetName(out var name, 0));
        Assert.That(value, Is.EqualTo(expected));
        Assert.That(name, Is.EqualTo("Mimir Emulated sm_80"));
        Assert.That(session.Driver.DeviceGetAttribute(out _, (DeviceAttribute)9999, 0), Is.EqualTo(DriverResult.InvalidValue));
    }

    [TestCase(DriverResult.Success, "CUDA_SUCCESS")]
    [TestCase(DriverResult.IllegalAddress, "CUDA_ERROR_ILLEGAL_ADDRESS")]
    [TestCase(DriverResult.NoBinaryForGpu, "CUDA_ERROR_NO_BINARY_FOR_GPU")]
    [TestCase(DriverResult.GraphExecUpdateFailure, "CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE")]
    [TestCase((DriverResult)12345, "code 12345")]
    public void CodesHaveTheDriversNames(DriverResult result, string name)
    {
        using var driver = new EmulatedDriver();
        Assert.That(driver.GetErrorName(result), Is.EqualTo(name));
    }

    [TestCase(".version 7.1\n.target sm_80\n.address_size 64\n.visible .entry k()\n{\n    foo.bar %r1;\n}\n\0", "small.ptx:6:")]
    [TestCase(".version 7.8\n.target sm_90\n.address_size 64\n.visible .entry k() { ret; }\n\0", "sm_90, the device is sm_80")]
    public void ARefusedModuleFillsTheErrorLogOfTheCompiler(string text, string expected)
    {
        using var session = new EmulatedSession();
        var log = new byte[4096];
        fixed (byte* buffer = log)
        {
            Span<nint> values = [(nint)buffer, log.Length];
            var result = session.Driver.ModuleLoadDataEx(
                out _, Encoding.UTF8.GetBytes(text), EmulatedSession.File, [JitOption.ErrorLogBuffer, JitOption.ErrorLogBufferSizeBytes], values);
            Assert.That(result, Is.EqualTo(DriverResult.InvalidPtx));
            Assert.That(Encoding.UTF8.GetString(log, 0, (int)values[1] - 1), Does.Contain(expected), "the size became the bytes written");
        }
    }

    [Test]
    public void ModulesAndFunctionsThatDoNotExistAreRefused()
    {
        using var session = new EmulatedSession();
        Assert.That(session.Driver.ModuleLoadDataEx(out _, ".version 7.1"u8, "unended.ptx", [], []), Is.EqualTo(DriverResult.InvalidImage));
        Assert.That(session.Driver.ModuleGetFunction(out _, 12, "increment"), Is.EqualTo(DriverResult.InvalidHandle));
        Ok(session.Driver.ModuleLoadDataEx(out var module, ".version 7.1\n.target sm_80\n.address_size 64\n\0"u8, "bare.ptx", [], []));
        Assert.That(session.Driver.ModuleGetFunction(out _, module, "increment"), Is.EqualTo(DriverResult.NotFound));
        Ok(session.Driver.ModuleUnload(module));
        Assert.That(session.Driver.ModuleUnload(module), Is.EqualTo(DriverResult.InvalidHandle));
    }

    [TestCase(0, 1, 1, 32, 1, 1, "grid of (0, 1, 1)")]
    [TestCase(1, 1, 1, 32, 0, 1, "block of (32, 0, 1)")]
    [TestCase(1, 65_536, 1, 32, 1, 1, "y and z from 1 to 65535")]
    [TestCase(1, 1, 65_536, 32, 1, 1, "y and z from 1 to 65535")]
    [TestCase(1, 1, 1, 1025, 1, 1, "1024 threads")]
    [TestCase(1, 1, 1, 32, 33, 1, "1024 threads")]
    [TestCase(1, 1, 1, 1, 1, 65, "1024 x 1024 x 64")]
    public void LimitsOfALaunchAreKept(int gridX, int gridY, int gridZ, int blockX, int blockY, int blockZ, string reason)
    {
        using var session = new EmulatedSession();
        var x = session.Place("x", 1);
        var result = session.Launch(
            session.Function("increment"), new(blockX, blockY, blockZ), new KernelArguments().Add(x).Add(1).Add(1), grid: new(gridX, gridY, gridZ));
        Assert.That(result, Is.EqualTo(DriverResult.InvalidValue));
        Assert.That(session.Driver.GetErrorString(result), Does.Contain(reason));
        Ok(session.Driver.CtxSynchronize());
    }

    [Test]
    public void ThreadsSharedMemoryAndParametersFollowTheFunction()
    {
        using var session = new EmulatedSession();
        var bounded = session.Function("bounded");
        Refuses(session.Launch(bounded, new(32), default), ".reqntid is (64, 1, 1)");
        Refuses(session.Launch(bounded, new(64), default, sharedBytes: 48 << 10), "exceed the function's limit of 48128 (1024 are static)");
        Refuses(session.Driver.FuncSetAttribute(bounded, FunctionAttribute.MaxDynamicSharedSizeBytes, 166_912), "exceed the 166912 bytes");
        Ok(session.Driver.FuncSetAttribute(bounded, FunctionAttribute.MaxDynamicSharedSizeBytes, 166_912 - 1024));
        Ok(session.Launch(bounded, new(64), default, sharedBytes: 166_912 - 1024));
        Refuses(session.Launch(session.Function("increment"), new(32), new KernelArguments().Add(0L).Add(1)), "a parameter block of 12 bytes, the entry declares 16");
        Refuses(session.Driver.LaunchKernel(bounded, new(1), new(64), 0, session.Stream, null, null), "packed block");
        Ok(session.Driver.FuncGetAttribute(out var threads, FunctionAttribute.MaxThreadsPerBlock, bounded));
        Ok(session.Driver.FuncGetAttribute(out var shared, FunctionAttribute.SharedSizeBytes, bounded));
        Ok(session.Driver.OccupancyMaxActiveBlocksPerMultiprocessor(out var blocks, bounded, 64, 81_920 - 1024));
        Assert.That((threads, shared, blocks), Is.EqualTo((64, 1024, 2)), "two blocks of 80 KiB and 1 KiB of the system's in 164 KiB");

        void Refuses(DriverResult result, string reason)
        {
            Assert.That(result, Is.EqualTo(DriverResult.InvalidValue));
            Assert.That(session.Driver.GetErrorString(result), Does.Contain(reason));
        }
    }

    [Test]
    public void AKernelRunsWithThePackedBlockThatACardGets()
    {
        using var session = new EmulatedSession();
        Ok(session.Driver.MemAlloc(out var y, 24));
        Ok(session.Launch(session.Function("store"), new(1), new KernelArguments().Add(y).Add(-3).Add(0.5f).Add(7).Add(2.25).Add(1L << 40)));
        var values = new byte[24];
        fixed (byte* destination = values)
            Ok(session.Driver.MemcpyDtoH(destination, y, 24));
        Assert.That(
            values,
            Is.EqualTo((byte[])[.. BitConverter.GetBytes(-3), .. BitConverter.GetBytes(0.5f), .. BitConverter.GetBytes(2.25), .. BitConverter.GetBytes(1L << 40)]));
        Assert.That(session.Driver.Findings.Diagnostics, Is.Empty);
    }

    [Test]
    public void AKernelsFaultLosesTheContextUntilItIsMadeAnew()
    {
        using var session = new EmulatedSession();
        var x = session.Place("numbers", 1, 2, 3);
        var increment = session.Function("increment");
        Assert.That(session.Increment(increment, x, 4, 1), Is.EqualTo(DriverResult.IllegalAddress));
        var text = session.Driver.GetErrorString(DriverResult.IllegalAddress);
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("small.ptx:").And.Contain("increment").And.Contain("numbers").And.Contain("thread (3, 0, 0)"));
            Assert.That(session.Driver.Findings.Diagnostics.Single().Kind, Is.EqualTo(DiagnosticKinds.OutOfBounds));
            Assert.That(session.Driver.MemAlloc(out _, 4), Is.EqualTo(DriverResult.IllegalAddress));
            Assert.That(session.Driver.StreamSynchronize(session.Stream), Is.EqualTo(DriverResult.IllegalAddress));
            Assert.That(session.Driver.MemFree(x), Is.EqualTo(DriverResult.IllegalAddress));
            Assert.That(session.Increment(increment, x, 1, 1), Is.EqualTo(DriverResult.IllegalAddress));
        });
        Ok(session.Driver.DevicePrimaryCtxRelease(0));
        Ok(session.Driver.DevicePrimaryCtxRetain(out _, 0));
        Ok(session.Driver.MemAlloc(out _, 4));
    }

    [Test]
    public void AMisalignedAddressHasACodeOfItsOwn()
    {
        using var session = new EmulatedSession();
        Assert.That(session.Increment(session.Function("increment"), session.Place("x", 1, 2) + 2, 1, 1), Is.EqualTo(DriverResult.MisalignedAddress));
    }

    [Test]
    public void FreesThatHitNothingAndMemoryThatIsLeftAreReported()
    {
        using var session = new EmulatedSession();
        var freed = session.Place("freed", 1);
        session.Place("left", 1, 2);
        Ok(session.Driver.MemFree(freed));
        Assert.That(session.Driver.MemFree(freed), Is.EqualTo(DriverResult.InvalidValue));
        Assert.That(session.Driver.Findings.Diagnostics.Single().Kind, Is.EqualTo(DiagnosticKinds.InvalidFree));
        session.Function("increment");
        session.Driver.Findings.Clear();
        Ok(session.Driver.DevicePrimaryCtxRelease(0));
        var leak = session.Driver.Findings.Diagnostics.Single();
        Assert.That((leak.Kind, leak.Severity), Is.EqualTo((DiagnosticKinds.Leak, PtxSeverity.Warning)));
        Assert.That(leak.Message, Does.Contain("8 bytes of 'left'"));
    }

    [Test]
    public void CopiesStayInsideTheirAllocation()
    {
        using var session = new EmulatedSession();
        var x = session.Place("x", 1, 2);
        var host = stackalloc int[4];
        Assert.That(session.Driver.MemcpyDtoH(host, x, 12), Is.EqualTo(DriverResult.InvalidValue));
        Assert.That(session.Driver.GetErrorString(DriverResult.InvalidValue), Does.Contain("'x' (8 bytes)"));
        Assert.That(session.Driver.MemcpyHtoD(x + 4, host, 8), Is.EqualTo(DriverResult.InvalidValue));
        Assert.That(session.Driver.MemsetD8Async(x, 0, 9, session.Stream), Is.EqualTo(DriverResult.InvalidValue));
        Assert.That(session.Driver.MemsetD32Async(x + 1, 0, 1, session.Stream), Is.EqualTo(DriverResult.InvalidValue));
        Ok(session.Driver.MemsetD32Async(x, 9, 2, session.Stream));
        Assert.That(session.Read(x, 2), Is.EqualTo(new[] { 9, 9 }));
        Assert.That(session.Driver.MemAlloc(out _, 0), Is.EqualTo(DriverResult.InvalidValue));
        Assert.That(session.Driver.MemAlloc(out _, nuint.MaxValue / 4), Is.EqualTo(DriverResult.OutOfMemory));
    }

    [Test]
    public void AResultThatNobodyWroteIsReportedWhenTheHostAsksForIt()
    {
        using var session = new EmulatedSession();
        Ok(session.Driver.MemAlloc(out var y, 16));
        ((IMemoryReports)session.Driver).Name(y, "y");
        Ok(session.Driver.MemsetD8Async(y, 0, 8, session.Stream));
        session.Read(y, 2);
        Assert.That(session.Driver.Findings.Diagnostics, Is.Empty);
        session.Read(y, 4);
        var found = session.Driver.Findings.Diagnostics.Single();
        Assert.That((found.Kind, found.Allocation), Is.EqualTo((DiagnosticKinds.UnwrittenOutput, "y+8")));
        ((IMemoryReports)session.Driver).Forget(y, 4);
        session.Driver.Findings.Clear();
        session.Read(y, 1);
        Assert.That(session.Driver.Findings.Diagnostics.Single().Allocation, Is.EqualTo("y+0"));
    }

    [Test]
    public void TimeIsModelledAndTheSameInEveryRun()
    {
        var first = Measure();
        Assert.That(first, Is.GreaterThan(0));
        Assert.That(Measure(), Is.EqualTo(first));

        static float Measure()
        {
            using var session = new EmulatedSession(new EmulatorOptions());
            var x = session.Place("x", 1, 2, 3);
            Ok(session.Driver.EventCreate(out var start, EventFlags.Default));
            Ok(session.Driver.EventCreate(out var end, EventFlags.Default));
            Ok(session.Driver.EventCreate(out var untimed, EventFlags.DisableTiming));
            var increment = session.Function("increment");
            Assert.That(session.Driver.EventElapsedTime(out _, start, end), Is.EqualTo(DriverResult.InvalidHandle), "not recorded yet");
            Ok(session.Driver.EventRecord(start, session.Stream));
            Ok(session.Increment(increment, x, 3, 1));
            Ok(session.Driver.EventRecord(end, session.Stream));
            Ok(session.Driver.EventRecord(untimed, session.Stream));
            Assert.That(session.Driver.EventElapsedTime(out _, start, untimed), Is.EqualTo(DriverResult.InvalidHandle));
            Ok(session.Driver.EventElapsedTime(out var milliseconds, start, end));
            return milliseconds;
        }
    }
}
