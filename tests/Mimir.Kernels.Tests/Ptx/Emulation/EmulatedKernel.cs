using System.Runtime.InteropServices;
using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests.Ptx.Emulation;

/// <summary>A PTX text loaded into an emulator of its own, with buffers that are passed by name of their order.</summary>
internal sealed class EmulatedKernel : IDisposable
{
    public const string Header = ".version 8.0\n.target sm_90\n.address_size 64\n";

    private readonly EmulatedModule _module;
    private readonly List<byte> _parameters = [];

    public EmulatedKernel(string text, EmulatorOptions? options = null)
    {
        Options = options ?? new EmulatorOptions();
        Memory = new EmulatedMemory(Options.Checks);
        _module = new EmulatedModule(PtxParser.ParseOrThrow(text.Contains(".version") ? text : Header + text, "test.ptx"), Memory);
    }

    public EmulatorOptions Options { get; init; }

    public EmulatedMemory Memory { get; }

    public EmulatedModule Module => _module;

    /// <summary>A buffer with content, passed as the next parameter.</summary>
    public ulong Buffer<T>(ReadOnlySpan<T> content, string name = "buffer") where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(content);
        var address = Memory.Allocate(bytes.Length, name);
        Memory.Write(address, bytes);
        return Pass(address);
    }

    /// <summary>An uninitialised buffer, passed as the next parameter.</summary>
    public ulong Buffer(long bytes, string name = "buffer") => Pass(Memory.Allocate(bytes, name));

    /// <summary>Passes a value as the next parameter.</summary>
    public T Pass<T>(T value) where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));
        while (_parameters.Count % bytes.Length != 0)
            _parameters.Add(0);
        _parameters.AddRange(bytes.ToArray());
        return value;
    }

    public T[] Read<T>(ulong address, int count) where T : unmanaged
    {
        var content = new T[count];
        Memory.Read(address, MemoryMarshal.AsBytes(content.AsSpan()));
        return content;
    }

    /// <summary>The kernel to launch; the first one where it is null.</summary>
    public string? Entry { get; init; }

    public LaunchResult Launch(Dim3 grid, Dim3 block, int shared = 0)
    {
        var kernel = _module.Module.Functions.First(function => function.IsEntry && (Entry is null || function.Name == Entry));
        return new PtxEmulator(Memory, Options).Launch(_module, kernel, grid, block, shared, _parameters.ToArray());
    }

    /// <summary>Launches and expects no findings.</summary>
    public void Run(Dim3 grid, Dim3 block, int shared = 0) => Assert.That(Launch(grid, block, shared).Diagnostics, Is.Empty);

    public void Dispose()
    {
        _module.Dispose();
        Memory.Dispose();
    }
}
