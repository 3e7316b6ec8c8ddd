namespace Mimir.Kernels.Ptx;

/// <summary>A declared virtual register.</summary>
/// <param name="Index">Its number in the function, from 0, over all scopes and types.</param>
/// <param name="Name">With the leading per cent sign.</param>
/// <param name="Type">As declared.</param>
/// <param name="Position">Where it was declared.</param>
public sealed record PtxRegister(int Index, string Name, PtxType Type, PtxPosition Position);
