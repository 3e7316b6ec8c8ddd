using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests.Ptx.Checks;

/// <summary>Runs a small kernel on an emulated GPU whose memory the test fills: parameters are the addresses of the buffers, in order.</summary>
internal sealed class KernelRun : IDisposable
{
    private readonly EmulatorOptions _options;
    private readonly EmulatedMemory _memory;
    private readonly List<ulong> _parameters = [];

    public KernelRun(EmulatorOptions options)
    {
        _options = options;
        _memory = new EmulatedMemory(options.Checks);
        Outputs = new LaunchOutputs(_memory);
    }

    public LaunchOutputs Outputs { get; }

    /// <summary>A buffer of floats that the host has written: 1, 2, 3, …</summary>
    public ulong Input(string name, int floats)
    {
        var address = Uninitialised(name, floats);
        Span<float> values = new float[floats];
        for (var i = 0; i < floats; i++)
            values[i] = i + 1;
        _memory.Write(address, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values));
        return address;
    }

    /// <summary>A buffer of zeros.</summary>
    public ulong Zeros(string name, int floats)
    {
        var address = Uninitialised(name, floats);
        _memory.Fill(address, floats * sizeof(float), 0);
        return address;
    }

    /// <summary>A buffer that nobody has written.</summary>
    public ulong Uninitialised(string name, int floats)
    {
        var address = _memory.Allocate(floats * sizeof(float), name);
        _parameters.Add(address);
        return address;
    }

    /// <summary>A result, to be written wholly.</summary>
    public ulong Output(string name, int floats)
    {
        var address = Uninitialised(name, floats);
        Outputs.Expect(name, address, floats * sizeof(float));
        return address;
    }

    /// <summary>Frees a buffer; its address stays a parameter.</summary>
    public void Free(ulong address) => _memory.Free(address);

    public float[] Read(ulong address, int floats)
    {
        var values = new float[floats];
        _memory.Read(address, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>Runs the kernel; where nothing else is wrong, what was found holds what its results lack.</summary>
    /// <param name="body">Its body behind the loads of the pointers: %x0, %x1, … are the buffers, %t the thread, %b the block, and there are
    /// registers %r, %f, %d (64 bits), %p of each number below 16.</param>
    /// <param name="grid">Blocks.</param>
    /// <param name="block">Threads.</param>
    /// <param name="declarations">Shared memory and the like.</param>
    /// <param name="functions">Device functions.</param>
    public LaunchResult Launch(string body, int grid, int block, string declarations = "", string functions = "")
    {
        var text = TextOf(body, _parameters.Count, declarations, functions);
        var module = PtxParser.ParseOrThrow(text, "test.ptx");
        using var loaded = new EmulatedModule(module, _memory);
        var kernel = module.Entry("test_kernel")!;
        var parameters = new byte[kernel.ParameterBytes];
        for (var i = 0; i < _parameters.Count; i++)
            BitConverter.TryWriteBytes(parameters.AsSpan(i * 8), _parameters[i]);
        var result = new PtxEmulator(_memory, _options).Launch(loaded, kernel, new Dim3(grid), new Dim3(block), 0, parameters);
        return result.Diagnostics.Any(found => found.Severity == PtxSeverity.Error)
            ? result
            : result with { Diagnostics = [.. result.Diagnostics, .. Outputs.Check(module, kernel)] };
    }

    public void Dispose() => _memory.Dispose();

    /// <summary>The line of the kernel's text that holds a piece of its body.</summary>
    public static int LineOf(string body, int buffers, string declarations, string piece)
    {
        var text = TextOf(body, buffers, declarations);
        var at = text.IndexOf(piece, StringComparison.Ordinal);
        Assert.That(at, Is.GreaterThan(0), piece);
        return text.AsSpan(0, at).Count('\n') + 1;
    }

    private static string TextOf(string body, int buffers, string declarations, string functions = "") =>
        $$"""
        .version 7.1
        .target sm_80
        .address_size 64
        {{functions}}
        .visible .entry test_kernel({{string.Join(", ", Enumerable.Range(0, buffers).Select(i => $".param .u64 p{i}"))}})
        {
            .reg .b32 %r<16>, %t, %b;
            .reg .f32 %f<16>;
            .reg .b64 %d<16>, %x<{{buffers + 1}}>;
            .reg .pred %p<16>;
            {{declarations}}
            mov.u32 %t, %tid.x;
            mov.u32 %b, %ctaid.x;
            {{string.Join("\n    ", Enumerable.Range(0, buffers).Select(i => $"ld.param.u64 %x{i}, [p{i}];"))}}
        {{body}}
            ret;
        }
        """;
}
