namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Classes of instructions, by the unit that works on them.</summary>
public enum InstructionClass
{
    Float32,
    Float64,

    /// <summary>f16 and bf16 arithmetic outside the tensor cores.</summary>
    Float16,

    /// <summary>Integer arithmetic and comparison.</summary>
    Integer,

    /// <summary>Bitwise operations, shifts, permutations, bit counts.</summary>
    Logic,
    Conversion,

    /// <summary>Approximate functions and IEEE division and roots of f32.</summary>
    SpecialFunction,
    Tensor,
    LoadGlobal,
    StoreGlobal,
    LoadShared,
    StoreShared,
    LoadLocal,
    StoreLocal,
    LoadConstant,

    /// <summary>ld.param.</summary>
    LoadParameter,

    /// <summary>A load or store through a generic address.</summary>
    Generic,

    /// <summary>cp.async with its commit and wait.</summary>
    AsyncCopy,
    Atomic,

    /// <summary>Branches, exits, traps.</summary>
    Control,

    /// <summary>Barriers, warp synchronisation and fences.</summary>
    Barrier,

    /// <summary>Shuffles, votes, matches, reductions over a warp.</summary>
    Warp,

    /// <summary>Moves and selections.</summary>
    Move,
}
