namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>The code of a kernel while it is made.</summary>
internal sealed unsafe class CodeBuilder(EmulatedModule module, PtxFunction kernel, RegisterLayout layout)
{
    private readonly List<DecodedInstruction> _code = [];
    private readonly List<int> _lists = [];
    private readonly List<PtxInstruction> _instructions = [];
    private readonly List<ParameterPlace> _parameters = [];
    private readonly List<CallFrame> _frames = [];
    private readonly List<(int Place, int Bytes)> _cleared = [];

    /// <summary>Places in the register file.</summary>
    public RegisterLayout Layout => layout;

    /// <summary>The module that is loaded.</summary>
    public EmulatedModule Module => module;

    /// <summary>What is compiled.</summary>
    public PtxFunction Kernel => kernel;

    /// <summary>Where the next instruction will stand.</summary>
    public int Position => _code.Count;

    /// <summary>Bytes of local memory a thread so far.</summary>
    public int LocalBytes { get; private set; }

    /// <summary>Where dynamic shared memory begins.</summary>
    public int DynamicSharedOffset
    {
        get
        {
            var alignment = Math.Max(kernel.DynamicSharedAlignment, 16);
            return (kernel.StaticSharedBytes + alignment - 1) / alignment * alignment;
        }
    }

    /// <summary>Adds an instruction.</summary>
    public void Add(in DecodedInstruction instruction) => _code.Add(instruction);

    /// <summary>Sets the target of a branch that has been added.</summary>
    public void SetTarget(int position, int target) => _code[position] = _code[position] with { Target = target };

    /// <summary>Adds a list of offsets.</summary>
    /// <returns>What stands for it until the code is built.</returns>
    public int* List(ReadOnlySpan<int> offsets)
    {
        var start = _lists.Count + 1;
        _lists.AddRange(offsets);
        return (int*)(nint)start;
    }

    /// <summary>Numbers an instruction for messages and monitors.</summary>
    public int Number(PtxInstruction instruction)
    {
        _instructions.Add(instruction);
        return _instructions.Count - 1;
    }

    /// <summary>Room in every thread's local memory.</summary>
    /// <returns>Its offset.</returns>
    public int ReserveLocal(long bytes, int alignment)
    {
        var offset = (LocalBytes + alignment - 1) / alignment * alignment;
        LocalBytes = offset + (int)bytes;
        return offset;
    }

    /// <summary>A register may be read before it is written.</summary>
    public void Clear(int place, PtxType type) =>
        _cleared.Add((place, type == PtxType.Pred ? sizeof(uint) : type.Bits() == 64 ? Lanes.Bytes64 : Lanes.Bytes32));

    /// <summary>Adds the frame of a recursive function.</summary>
    /// <returns>Its number.</returns>
    public int Add(CallFrame frame)
    {
        _frames.Add(frame);
        return _frames.Count - 1;
    }

    /// <summary>The place of a piece of the parameter block.</summary>
    public int Parameter(int offset, PtxType type, bool isWide)
    {
        foreach (var known in _parameters)
        {
            if (known.Offset == offset && known.Type == type && known.IsWide == isWide)
                return known.Place;
        }
        var place = layout.Reserve(isWide);
        _parameters.Add(new ParameterPlace(offset, type, place, isWide));
        return place;
    }

    /// <summary>What has been made.</summary>
    public CompiledKernel Build() => new([.. _code], [.. _lists])
    {
        Instructions = _instructions,
        Layout = layout,
        Parameters = _parameters,
        Frames = _frames,
        Cleared = _cleared,
        LocalBytes = (LocalBytes + 15) / 16 * 16,
        StaticSharedBytes = kernel.StaticSharedBytes,
        DynamicSharedOffset = DynamicSharedOffset,
    };
}
