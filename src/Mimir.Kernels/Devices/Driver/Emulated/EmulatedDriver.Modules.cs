using System.Collections.Concurrent;
using System.Text;
using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Devices.Driver.Emulated;

public sealed unsafe partial class EmulatedDriver
{
    private const nint ParameterBuffer = 1;
    private const nint ParameterBufferSize = 2;

    /// <summary>A process parses a text once, however many devices it opens.</summary>
    private static readonly ConcurrentDictionary<(string File, string Text), PtxParseResult> s_parsed = new();

    private readonly HandleTable<EmulatedModule> _modules = new(1);
    private readonly HandleTable<EmulatedFunction> _functions = new(2);

    /// <inheritdoc/>
    public DriverResult ModuleLoadDataEx(
        out nint module, ReadOnlySpan<byte> image, string file, ReadOnlySpan<JitOption> options, Span<nint> values)
    {
        module = 0;
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            if (image.IndexOf((byte)0) is not (>= 0 and var end))
                return Fail(DriverResult.InvalidImage, "the text has no zero byte at its end");
            if (ForbidInCapture("cuModuleLoadDataEx") is not DriverResult.Success and var forbidden)
                return forbidden;
            var parsed = s_parsed.GetOrAdd((file, Encoding.UTF8.GetString(image[..end])), key => PtxParser.Parse(key.Text, key.File));
            var errors = parsed.Diagnostics.Where(diagnostic => diagnostic.Severity == PtxSeverity.Error);
            WriteLog(string.Join('\n', parsed.Diagnostics.Except(errors)), JitOption.InfoLogBuffer, JitOption.InfoLogBufferSizeBytes, options, values);
            if (parsed.Module is null)
            {
                WriteLog(string.Join('\n', errors), JitOption.ErrorLogBuffer, JitOption.ErrorLogBufferSizeBytes, options, values);
                return Fail(DriverResult.InvalidPtx, $"{file} has errors");
            }

            if (parsed.Module.Target > EmulatedGpu.Capability)
            {
                var reason = $"{file} is for sm_{parsed.Module.Target}, the device is sm_{EmulatedGpu.Capability}";
                WriteLog(reason, JitOption.ErrorLogBuffer, JitOption.ErrorLogBufferSizeBytes, options, values);
                return Fail(DriverResult.InvalidPtx, reason);
            }

            try
            {
                module = _modules.Add(new EmulatedModule(parsed.Module, _memory!));
                return DriverResult.Success;
            }
            catch (PtxException e)
            {
                WriteLog(e.Message, JitOption.ErrorLogBuffer, JitOption.ErrorLogBufferSizeBytes, options, values);
                return Fail(DriverResult.InvalidPtx, e.Message);
            }
        }
    }

    /// <inheritdoc/>
    public DriverResult ModuleUnload(nint module)
    {
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            if (_modules.Remove(module) is not { } removed)
                return DriverResult.InvalidHandle;
            removed.Dispose();
            return DriverResult.Success;
        }
    }

    /// <inheritdoc/>
    public DriverResult ModuleGetFunction(out nint function, nint module, string name)
    {
        function = 0;
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            if (_modules.Find(module) is not { } found)
                return DriverResult.InvalidHandle;
            if (found.Module.Entry(name) is not { } kernel)
                return DriverResult.NotFound;
            function = _functions.Add(new EmulatedFunction(found, kernel));
            return DriverResult.Success;
        }
    }

    /// <inheritdoc/>
    public DriverResult FuncGetAttribute(out int value, FunctionAttribute attribute, nint function)
    {
        value = 0;
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            if (_functions.Find(function) is not { } found)
                return DriverResult.InvalidHandle;
            int? known = attribute switch
            {
                FunctionAttribute.MaxThreadsPerBlock => found.ThreadLimit,
                FunctionAttribute.SharedSizeBytes => found.Kernel.StaticSharedBytes,
                FunctionAttribute.NumRegs => found.Registers,
                FunctionAttribute.LocalSizeBytes => found.Kernel.LocalBytes,
                FunctionAttribute.PtxVersion => found.Module.Module.Version,
                FunctionAttribute.BinaryVersion => EmulatedGpu.Capability,
                FunctionAttribute.MaxDynamicSharedSizeBytes => found.DynamicSharedLimit,
                _ => null,
            };
            value = known ?? 0;
            return known is null ? DriverResult.InvalidValue : DriverResult.Success;
        }
    }

    /// <inheritdoc/>
    public DriverResult FuncSetAttribute(nint function, FunctionAttribute attribute, int value)
    {
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            if (_functions.Find(function) is not { } found)
                return DriverResult.InvalidHandle;
            if (attribute != FunctionAttribute.MaxDynamicSharedSizeBytes)
                return DriverResult.InvalidValue;
            if (value < 0 || value + found.Kernel.StaticSharedBytes > EmulatedGpu.SharedBytesOfBlock)
            {
                return Fail(DriverResult.InvalidValue,
                    $"{value} dynamic and {found.Kernel.StaticSharedBytes} static bytes exceed the {EmulatedGpu.SharedBytesOfBlock} bytes that a block can have");
            }

            found.DynamicSharedLimit = value;
            return DriverResult.Success;
        }
    }

    /// <inheritdoc/>
    public DriverResult OccupancyMaxActiveBlocksPerMultiprocessor(out int blocks, nint function, int threads, nuint dynamicSharedBytes)
    {
        blocks = 0;
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            if (_functions.Find(function) is not { } found)
                return DriverResult.InvalidHandle;
            if (threads < 1)
                return DriverResult.InvalidValue;
            blocks = found.OccupancyOf(threads, (int)dynamicSharedBytes).Blocks;
            return DriverResult.Success;
        }
    }

    /// <inheritdoc/>
    public DriverResult LaunchKernel(
        nint function, Dim3 grid, Dim3 block, uint dynamicSharedBytes, nint stream, void** parameters, void** extra)
    {
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            if (_functions.Find(function) is not { } found)
                return DriverResult.InvalidHandle;
            if (parameters is not null || !TryUnpack(extra, out var buffer, out var bytes))
                return Fail(DriverResult.InvalidValue, "the parameters have to come as a packed block with its size");
            if (found.Refuses(grid, block, dynamicSharedBytes, bytes) is { } refusal)
                return Fail(refusal.Result, refusal.Reason);
            var copy = new ReadOnlySpan<byte>(buffer, (int)bytes).ToArray();
            return Submit(stream, new EmulatedCommand("kernel " + found.Kernel.Name, () => Run(stream, found, grid, block, (int)dynamicSharedBytes, copy)));
        }
    }

    private static bool TryUnpack(void** extra, out void* buffer, out nuint bytes)
    {
        buffer = null;
        nuint* size = null;
        for (; extra is not null && *extra is not null; extra += 2)
        {
            if (*extra == (void*)ParameterBuffer)
                buffer = extra[1];
            else if (*extra == (void*)ParameterBufferSize)
                size = (nuint*)extra[1];
            else
                break;
        }

        bytes = size is null ? 0 : *size;
        return buffer is not null && size is not null;
    }

    private static void WriteLog(string text, JitOption buffer, JitOption size, ReadOnlySpan<JitOption> options, Span<nint> values)
    {
        var (at, sizeAt) = (options.IndexOf(buffer), options.IndexOf(size));
        if (at < 0 || sizeAt < 0 || values[sizeAt] < 1)
            return;
        var log = new Span<byte>((void*)values[at], (int)values[sizeAt]);
        var bytes = Encoding.UTF8.GetBytes(text);
        var written = Math.Min(bytes.Length, log.Length - 1);
        bytes.AsSpan(0, written).CopyTo(log);
        log[written] = 0;
        values[sizeAt] = written + 1;
    }

    private DriverResult Run(nint stream, EmulatedFunction function, Dim3 grid, Dim3 block, int dynamicSharedBytes, byte[] parameters)
    {
        LaunchResult result;
        try
        {
            result = _emulator!.Launch(function.Module, function.Kernel, grid, block, dynamicSharedBytes, parameters);
        }
        catch (PtxException e)
        {
            return Fail(DriverResult.NotSupported, e.Message);
        }

        _findings.Add(function.Kernel, result);
        StreamOf(stream)!.Clock += EmulatedGpu.SecondsOf(result);
        var errors = result.Diagnostics.Where(diagnostic => diagnostic.Severity == PtxSeverity.Error).ToList();
        if (errors.Count == 0)
            return DriverResult.Success;
        _lost = Fail(CodeOf(errors[0].Kind), string.Concat(errors.Select(error => "\n  " + error)));
        return _lost;
    }

    private static DriverResult CodeOf(string kind) => kind switch
    {
        DiagnosticKinds.OutOfBounds or DiagnosticKinds.UseAfterFree => DriverResult.IllegalAddress,
        DiagnosticKinds.Misaligned => DriverResult.MisalignedAddress,
        DiagnosticKinds.WrongSpace => DriverResult.InvalidAddressSpace,
        DiagnosticKinds.Deadlock or DiagnosticKinds.EndlessLoop => DriverResult.LaunchTimeout,
        _ => DriverResult.LaunchFailed,
    };
}
