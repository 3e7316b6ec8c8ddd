namespace Mimir.Kernels.Ptx;

/// <summary>What reading a PTX file gave.</summary>
/// <param name="Module">The module; null when an error was found.</param>
/// <param name="Diagnostics">Errors and data-flow warnings in the order of the file.</param>
public sealed record PtxParseResult(PtxModule? Module, IReadOnlyList<PtxDiagnostic> Diagnostics);
