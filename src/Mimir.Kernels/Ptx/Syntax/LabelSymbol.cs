namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>A label's place.</summary>
internal sealed record LabelSymbol(int Target, PtxPosition Position);
