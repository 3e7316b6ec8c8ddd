namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>A function's header.</summary>
internal sealed class FunctionHeader
{
    public required FunctionSymbol Symbol { get; init; }

    public required int ParameterBytes { get; init; }

    public Dim3? MaximumBlock { get; set; }

    public Dim3? RequiredBlock { get; set; }

    public int MinimumBlocksPerMultiprocessor { get; set; }

    public int MaximumRegisters { get; set; }
}

/// <summary>A function's body.</summary>
internal sealed record FunctionBody(
    IReadOnlyList<PtxInstruction> Instructions, IReadOnlyList<PtxRegister> Registers, IReadOnlyList<PtxVariable> Variables);

/// <summary>A function before shared memory is laid out; a prototype has no body.</summary>
internal sealed record ParsedFunction(FunctionHeader Header, FunctionBody? Body);
