using System.Runtime.InteropServices;
using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Devices.Driver.Emulated;

public sealed unsafe partial class EmulatedDriver
{
    private const nint Pool = 0x20;
    private readonly HashSet<nint> _pinned = [];

    /// <inheritdoc/>
    public DriverResult MemGetInfo(out nuint free, out nuint total)
    {
        lock (_lock)
        {
            total = (nuint)EmulatedGpu.MemoryBytes;
            free = total - (nuint)(_memory?.BytesInUse ?? 0);
            return Status;
        }
    }

    /// <inheritdoc/>
    public DriverResult MemAlloc(out ulong address, nuint bytes)
    {
        address = 0;
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            return ForbidInCapture("cuMemAlloc") is not DriverResult.Success and var forbidden ? forbidden : Allocate(out address, bytes);
        }
    }

    /// <inheritdoc/>
    public DriverResult MemFree(ulong address)
    {
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            return ForbidInCapture("cuMemFree") is not DriverResult.Success and var forbidden ? forbidden : Free(address);
        }
    }

    /// <summary>Inside a capture the memory has the same address and undefined content in every replay.</summary>
    public DriverResult MemAllocAsync(out ulong address, nuint bytes, nint stream)
    {
        address = 0;
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            if (StreamOf(stream) is not { } found)
                return DriverResult.InvalidHandle;
            if (Allocate(out address, bytes) is not DriverResult.Success and var failed)
                return failed;
            if (found.Capture is not { } capture)
                return DriverResult.Success;
            var fresh = address;
            capture.Graph.Allocated.Add(fresh);
            return Submit(stream, new EmulatedCommand("allocation", () => InMemory(memory => memory.MarkUnwritten(fresh, (long)bytes))));
        }
    }

    /// <inheritdoc/>
    public DriverResult MemFreeAsync(ulong address, nint stream)
    {
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            if (StreamOf(stream) is not { } found)
                return DriverResult.InvalidHandle;
            if (found.Capture is not { } capture || !capture.Graph.Allocated.Remove(address))
                return Free(address);
            capture.Graph.Memory.Add(address);
            return Submit(stream, new EmulatedCommand("free", () => DriverResult.Success));
        }
    }

    /// <inheritdoc/>
    public DriverResult DeviceGetDefaultMemPool(out nint pool, int device)
    {
        pool = Pool;
        return OfDevice(device);
    }

    /// <inheritdoc/>
    public DriverResult MemPoolSetAttribute(nint pool, MemoryPoolAttribute attribute, ulong value) =>
        pool != Pool ? DriverResult.InvalidHandle : Enum.IsDefined(attribute) ? DriverResult.Success : DriverResult.InvalidValue;

    /// <inheritdoc/>
    public DriverResult MemPoolTrimTo(nint pool, nuint bytesToKeep) => pool == Pool ? DriverResult.Success : DriverResult.InvalidHandle;

    /// <inheritdoc/>
    public DriverResult MemHostAlloc(out nint pointer, nuint bytes, uint flags)
    {
        pointer = 0;
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            pointer = (nint)NativeMemory.AlignedAlloc(bytes, 4096);
            _pinned.Add(pointer);
            return DriverResult.Success;
        }
    }

    /// <inheritdoc/>
    public DriverResult MemFreeHost(nint pointer)
    {
        lock (_lock)
        {
            if (!_pinned.Remove(pointer))
                return Fail(DriverResult.InvalidValue, $"0x{pointer:x} is no page-locked memory of this driver");
            NativeMemory.AlignedFree((void*)pointer);
            return Status;
        }
    }

    /// <inheritdoc/>
    public DriverResult MemcpyHtoD(ulong destination, void* source, nuint bytes) =>
        Synchronous("cuMemcpyHtoD", () => FromHost(destination, source, bytes));

    /// <inheritdoc/>
    public DriverResult MemcpyDtoH(void* destination, ulong source, nuint bytes) =>
        Synchronous("cuMemcpyDtoH", () => ToHost(destination, source, bytes));

    /// <inheritdoc/>
    public DriverResult MemcpyHtoDAsync(ulong destination, void* source, nuint bytes, nint stream) =>
        Timed(stream, "copy to the device", EmulatedGpu.SecondsOfCopy(bytes), () => FromHost(destination, source, bytes));

    /// <inheritdoc/>
    public DriverResult MemcpyDtoHAsync(void* destination, ulong source, nuint bytes, nint stream) =>
        Timed(stream, "copy to the host", EmulatedGpu.SecondsOfCopy(bytes), () => ToHost(destination, source, bytes));

    /// <inheritdoc/>
    public DriverResult MemcpyDtoDAsync(ulong destination, ulong source, nuint bytes, nint stream) =>
        Timed(stream, "copy", EmulatedGpu.SecondsOfFill(bytes), () => InMemory(memory => memory.Copy(destination, source, (long)bytes)));

    /// <inheritdoc/>
    public DriverResult MemsetD8Async(ulong address, byte value, nuint count, nint stream) =>
        Timed(stream, "fill", EmulatedGpu.SecondsOfFill(count), () => InMemory(memory => memory.Fill(address, (long)count, value)));

    /// <inheritdoc/>
    public DriverResult MemsetD32Async(ulong address, uint value, nuint count, nint stream) =>
        Timed(stream, "fill", EmulatedGpu.SecondsOfFill(4 * count), () => Fill(address, value, count));

    /// <inheritdoc/>
    void IMemoryReports.Name(ulong address, string name)
    {
        lock (_lock)
        {
            if (_memory?.Find(address) is { } allocation)
                allocation.Name = name;
        }
    }

    /// <inheritdoc/>
    void IMemoryReports.Forget(ulong address, nuint bytes)
    {
        lock (_lock)
        {
            if (_memory is not null)
                InMemory(memory => memory.MarkUnwritten(address, (long)bytes));
        }
    }

    private DriverResult Allocate(out ulong address, nuint bytes)
    {
        address = 0;
        if (bytes == 0)
            return Fail(DriverResult.InvalidValue, "an allocation of 0 bytes");
        if (_memory!.BytesInUse + (long)bytes > EmulatedGpu.MemoryBytes)
            return DriverResult.OutOfMemory;
        try
        {
            address = _memory.Allocate((long)bytes, "allocation");
            return DriverResult.Success;
        }
        catch (OutOfMemoryException)
        {
            return DriverResult.OutOfMemory;
        }
    }

    private DriverResult Free(ulong address) => InMemory(memory => memory.Free(address), DiagnosticKinds.InvalidFree);

    private void FreePinned()
    {
        foreach (var pointer in _pinned)
            NativeMemory.AlignedFree((void*)pointer);
        _pinned.Clear();
    }

    private DriverResult FromHost(ulong destination, void* source, nuint bytes) =>
        InMemory(memory => memory.Write(destination, new ReadOnlySpan<byte>(source, checked((int)bytes))));

    private DriverResult ToHost(void* destination, ulong source, nuint bytes) => InMemory(memory =>
    {
        memory.Read(source, new Span<byte>(destination, checked((int)bytes)));
        if (Options.Checks.HasFlag(EmulatorChecks.Outputs))
            ReportUnwritten(memory, source, (long)bytes);
    });

    private DriverResult Fill(ulong address, uint value, nuint count)
    {
        if (address % sizeof(uint) != 0)
            return Fail(DriverResult.InvalidValue, $"0x{address:x} is no multiple of 4");
        return InMemory(memory =>
        {
            var values = new uint[checked((int)count)];
            Array.Fill(values, value);
            memory.Write(address, MemoryMarshal.AsBytes<uint>(values));
        });
    }

    /// <summary>A result that nobody wrote shows when the host asks for it.</summary>
    private void ReportUnwritten(EmulatedMemory memory, ulong address, long bytes)
    {
        if (memory.Find(address) is not { } allocation)
            return;
        var offset = (long)(address - allocation.Address);
        if (allocation.IsWritten(offset, bytes))
            return;
        var first = offset;
        while (allocation.IsWritten(first, 1))
            first++;
        _findings.Add(
            PtxSeverity.Error,
            DiagnosticKinds.UnwrittenOutput,
            $"the host reads bytes {offset} to {offset + bytes} of '{allocation.Name}', and nobody wrote byte {first}",
            address,
            $"{allocation.Name}+{first}");
    }

    private DriverResult InMemory(Action<EmulatedMemory> access, string kind = DiagnosticKinds.OutOfBounds)
    {
        try
        {
            access(_memory!);
            return DriverResult.Success;
        }
        catch (EmulatedMemoryException e)
        {
            _findings.Add(PtxSeverity.Error, kind, e.Message);
            return Fail(DriverResult.InvalidValue, e.Message);
        }
        catch (OverflowException)
        {
            return Fail(DriverResult.InvalidValue, "the emulator copies less than 2 GiB at once");
        }
    }

    private DriverResult Synchronous(string call, Func<DriverResult> copy)
    {
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            return ForbidInCapture(call) is not DriverResult.Success and var forbidden ? forbidden : copy();
        }
    }

    private DriverResult Timed(nint stream, string form, double seconds, Func<DriverResult> run)
    {
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            return Submit(stream, new EmulatedCommand(form, () =>
            {
                StreamOf(stream)!.Clock += seconds;
                return run();
            }));
        }
    }
}
