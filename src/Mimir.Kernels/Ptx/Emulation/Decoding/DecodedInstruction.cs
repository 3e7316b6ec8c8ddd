global using unsafe Handler = delegate*<Mimir.Kernels.Ptx.Emulation.BlockRunner, byte*, Mimir.Kernels.Ptx.Emulation.DecodedInstruction*, uint, void>;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>How an instruction bears on the order of execution.</summary>
internal enum Flow : byte
{
    /// <summary>The next one follows.</summary>
    Next,
    Branch,
    Call,
    Return,
    Exit,

    /// <summary>bar.sync, bar.red and their like.</summary>
    Barrier,

    /// <summary>A .sync instruction: the live lanes of its mask meet before it executes.</summary>
    Converge,

    /// <summary>The next one follows, but another warp may run first.</summary>
    Yield,
}

/// <summary>What a place in the register file holds.</summary>
internal enum OperandKind : byte
{
    Narrow,
    Wide,
    Predicate,
}

/// <summary>An instruction as the interpreter runs it: a handler, and byte offsets of its operands in the warp's register file. Constants, special
/// registers and addresses of variables lie there too, so that every operand is an offset. Every worker has its own copy, because the counts
/// and the last allocation are kept here, beside what the handler reads anyway.</summary>
internal unsafe struct DecodedInstruction
{
    /// <summary>Executes it for some lanes of a warp.</summary>
    public Handler Execute;

    /// <summary>The predicate that guards it; <see cref="RegisterLayout.True"/> where there is none.</summary>
    public int Guard;

    /// <summary>All ones for <c>@!p</c>.</summary>
    public uint GuardFlip;

    /// <summary>What comes after it.</summary>
    public Flow Flow;

    /// <summary>Whether it belongs to the instruction before it: a conversion of its operand, not counted.</summary>
    public bool IsPart;

    /// <summary>Whether the base of an address is a 32-bit register.</summary>
    public bool HasNarrowBase;

    /// <summary>A warp instruction that all 32 lanes must execute.</summary>
    public bool IsAligned;

    /// <summary>A warp operation whose lanes may stand at different instructions.</summary>
    public bool IsExchange;

    /// <summary>Whether the mask of a .sync instruction, or the number or count of a barrier, is a register, which lanes may disagree about.</summary>
    public bool HasMemberRegister;

    /// <summary>The class of a warp operation's source A and of its result.</summary>
    public OperandKind SourceKind, ResultKind;

    /// <summary>What an access accesses.</summary>
    public StateSpace Space;

    /// <summary>Index in <see cref="CompiledKernel.Instructions"/>.</summary>
    public int Index;

    /// <summary>Where a branch or call leads: an index into the decoded code.</summary>
    public int Target;

    /// <summary>Destination, and the second one of pairs.</summary>
    public int D, D2;

    /// <summary>Sources.</summary>
    public int A, B, C, E;

    /// <summary>The mask of a .sync instruction.</summary>
    public int Members;

    /// <summary>Rounding, comparison, mode: what the handler knows.</summary>
    public int Mode;

    /// <summary>Bytes of an access a lane.</summary>
    public int Bytes;

    /// <summary>Added to the base of an address.</summary>
    public long Offset;

    /// <summary>Offsets of vectors' elements and matrix fragments.</summary>
    public int* List;

    /// <summary>How often a warp executed it.</summary>
    public long WarpCount;

    /// <summary>How many lanes did.</summary>
    public long LaneCount;

    /// <summary>First address, size and host memory of the allocation that its last access hit.</summary>
    public ulong HitAddress;
    public ulong HitBytes;
    public byte* HitHost;
}
