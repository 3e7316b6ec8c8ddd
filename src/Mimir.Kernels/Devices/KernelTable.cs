using System.Collections.Concurrent;
using System.Text;
using Mimir.Kernels.Devices.Driver;

namespace Mimir.Kernels.Devices;

/// <summary>The kernels that a device has loaded: a file is compiled when the first of its entries is launched.</summary>
internal sealed unsafe class KernelTable(PtxContext context) : IDisposable
{
    private const int LogBytes = 32 << 10;
    private readonly ConcurrentDictionary<PtxKernel, LoadedKernel> _kernels = new();
    private readonly Dictionary<string, nint> _modules = [];
    private readonly Lock _lock = new();

    /// <summary>A kernel, loaded into the context, which is the thread's.</summary>
    /// <exception cref="DeviceException">The driver's compiler refuses the file, or it has no such entry.</exception>
    public LoadedKernel Resolve(PtxKernel kernel) => _kernels.TryGetValue(kernel, out var loaded) ? loaded : Load(kernel);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var module in _modules.Values)
            _ = context.Driver.ModuleUnload(module);
        _modules.Clear();
        _kernels.Clear();
    }

    private LoadedKernel Load(PtxKernel kernel)
    {
        lock (_lock)
        {
            if (_kernels.TryGetValue(kernel, out var loaded))
                return loaded;
            if (!_modules.TryGetValue(kernel.File, out var module))
                _modules[kernel.File] = module = Compile(kernel.File);
            var found = context.Driver.ModuleGetFunction(out var function, module, kernel.Entry);
            if (found == DriverResult.NotFound)
                throw new DeviceException($"{kernel.File}.ptx has no entry {kernel.Entry}", found);
            context.Require(found, "cuModuleGetFunction");
            return _kernels[kernel] = new LoadedKernel(kernel, function, context);
        }
    }

    private nint Compile(string file)
    {
        var image = PtxFiles.Image(file);
        byte[] information = new byte[LogBytes], errors = new byte[LogBytes];
        fixed (byte* informationLog = information, errorLog = errors)
        {
            ReadOnlySpan<JitOption> options =
            [
                JitOption.InfoLogBuffer, JitOption.InfoLogBufferSizeBytes, JitOption.ErrorLogBuffer, JitOption.ErrorLogBufferSizeBytes,
                JitOption.GenerateLineInfo,
            ];
            Span<nint> values = [(nint)informationLog, LogBytes, (nint)errorLog, LogBytes, 1];
            var result = context.Driver.ModuleLoadDataEx(out var module, image, file + ".ptx", options, values);
            return result == DriverResult.Success ? module : throw Refused(file, image, result, Text(errors), Text(information));
        }
    }

    private DeviceException Refused(string file, byte[] image, DriverResult result, string errors, string information)
    {
        var failure = context.Failure(result, $"cuModuleLoadDataEx of {file}.ptx ({Directive(image, ".version")}, {Directive(image, ".target")})");
        var logs = string.Concat(new[] { errors, information }.Where(log => log.Length > 0).Select(log => "\n" + log));
        return new DeviceException($"{failure.Message}; device {context.Name}, driver for CUDA {context.DriverVersion}{logs}", result);
    }

    private static string Text(byte[] log) => Encoding.UTF8.GetString(log.AsSpan(0, Math.Max(0, log.AsSpan().IndexOf((byte)0)))).TrimEnd();

    /// <summary>The line of the image that a directive begins.</summary>
    private static string Directive(byte[] image, string directive) =>
        Encoding.UTF8.GetString(image).Split('\n').FirstOrDefault(line => line.StartsWith(directive, StringComparison.Ordinal))?.Trim()
        ?? $"no {directive}";
}
