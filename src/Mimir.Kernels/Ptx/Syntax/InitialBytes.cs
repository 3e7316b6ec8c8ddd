namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>Initial content of a variable.</summary>
internal sealed record InitialBytes(byte[] Bytes, IReadOnlyList<PtxAddressInitializer> Addresses);
