namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>A function's body.</summary>
internal sealed record FunctionBody(
    IReadOnlyList<PtxInstruction> Instructions, IReadOnlyList<PtxRegister> Registers, IReadOnlyList<PtxVariable> Variables);
