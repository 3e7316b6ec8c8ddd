namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>A function before shared memory is laid out; a prototype has no body.</summary>
internal sealed record ParsedFunction(FunctionHeader Header, FunctionBody? Body);
