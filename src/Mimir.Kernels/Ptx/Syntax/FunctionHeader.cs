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
