namespace Mimir.Kernels.Ptx;

/// <summary>A kernel (<c>.entry</c>) or device function (<c>.func</c>) with its body in one flat list.</summary>
public sealed class PtxFunction
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it is a kernel.</summary>
    public required bool IsEntry { get; init; }

    /// <summary>Parameters in order, with their offsets in the parameter block.</summary>
    public required IReadOnlyList<PtxVariable> Parameters { get; init; }

    /// <summary>Return parameters of a device function.</summary>
    public IReadOnlyList<PtxVariable> Returns { get; init; } = [];

    /// <summary>Bytes of the parameter block.</summary>
    public required int ParameterBytes { get; init; }

    /// <summary>All registers, of all scopes; element i has index i.</summary>
    public required IReadOnlyList<PtxRegister> Registers { get; init; }

    /// <summary>Shared, local and parameter variables declared in the body.</summary>
    public required IReadOnlyList<PtxVariable> Variables { get; init; }

    /// <summary>The body; empty for a declaration.</summary>
    public required IReadOnlyList<PtxInstruction> Instructions { get; init; }

    /// <summary>Bytes of static shared memory that the function sees (its own and the module's).</summary>
    public required int StaticSharedBytes { get; init; }

    /// <summary>Alignment of the dynamic shared area: the largest that a declaration asks for, at least 16.</summary>
    public required int DynamicSharedAlignment { get; init; }

    /// <summary>Bytes of local memory a thread.</summary>
    public required int LocalBytes { get; init; }

    /// <summary><c>.maxntid</c>, unset dimensions 1; null where there is none.</summary>
    public Dim3? MaximumBlock { get; init; }

    /// <summary><c>.reqntid</c>, unset dimensions 1; null where there is none.</summary>
    public Dim3? RequiredBlock { get; init; }

    /// <summary><c>.minnctapersm</c>, or 0.</summary>
    public int MinimumBlocksPerMultiprocessor { get; init; }

    /// <summary><c>.maxnreg</c>, or 0.</summary>
    public int MaximumRegisters { get; init; }

    /// <summary>Where the name stands.</summary>
    public required PtxPosition Position { get; init; }
}
