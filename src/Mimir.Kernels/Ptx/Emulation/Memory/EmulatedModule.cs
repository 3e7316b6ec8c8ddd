using System.Buffers.Binary;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>A module loaded into an emulated GPU: its global and constant variables have addresses and their initial values.</summary>
public sealed class EmulatedModule : IDisposable
{
    private readonly EmulatedMemory _memory;
    private readonly Dictionary<PtxVariable, ulong> _addresses = [];
    private readonly Dictionary<PtxFunction, CompiledKernel> _kernels = [];

    /// <summary>Loads a module.</summary>
    /// <exception cref="PtxException">A variable is external: there is nothing to link it with.</exception>
    public EmulatedModule(PtxModule module, EmulatedMemory memory)
    {
        (Module, _memory) = (module, memory);
        var placed = module.Variables.Where(variable => variable.Space is StateSpace.Global or StateSpace.Const).ToList();
        foreach (var variable in placed)
        {
            if (variable.IsExternal)
                throw Unsupported.At(module, variable.Position, $"{variable.Name} is external, and there is no other module to link with");
            var allocation = memory.Allocate(Math.Max(variable.Bytes, 1), variable.Name, variable.Space == StateSpace.Const);
            _addresses.Add(variable, allocation.Address);
        }
        foreach (var variable in placed)
            Initialise(variable);
    }

    /// <summary>What was loaded.</summary>
    public PtxModule Module { get; }

    /// <summary>The device address of a global or constant variable.</summary>
    public ulong AddressOf(PtxVariable variable) => _addresses[variable];

    /// <summary>Frees the variables.</summary>
    public void Dispose()
    {
        foreach (var address in _addresses.Values)
            _memory.Free(address);
        _addresses.Clear();
    }

    /// <summary>The kernel in the interpreter's form, translated at its first launch.</summary>
    internal CompiledKernel Compile(PtxFunction kernel)
    {
        lock (_kernels)
        {
            if (!_kernels.TryGetValue(kernel, out var compiled))
                _kernels.Add(kernel, compiled = KernelCompiler.Compile(this, kernel));
            return compiled;
        }
    }

    private void Initialise(PtxVariable variable)
    {
        var bytes = new byte[Math.Max(variable.Bytes, 1)];
        variable.Initial?.CopyTo(bytes, 0);
        foreach (var address in variable.Addresses)
        {
            var word = bytes.AsSpan((int)address.Offset, sizeof(ulong));
            var target = address.Variable.Space is StateSpace.Global or StateSpace.Const
                ? _addresses[address.Variable]
                : (ulong)address.Variable.Offset + (address.IsGeneric ? AddressWindows.BaseOf(address.Variable.Space) : 0);
            BinaryPrimitives.WriteUInt64LittleEndian(word, BinaryPrimitives.ReadUInt64LittleEndian(word) + target + (ulong)address.Addend);
        }
        _memory.Write(_addresses[variable], bytes);
    }
}
