namespace Mimir.Kernels.Ptx;

/// <summary>A variable in memory: a kernel parameter, or a module or function variable.</summary>
public sealed class PtxVariable
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Where it lives.</summary>
    public required StateSpace Space { get; init; }

    /// <summary>Type of an element.</summary>
    public required PtxType Type { get; init; }

    /// <summary>Size in bytes; 0 for the dynamic shared area (<c>.extern .shared x[]</c>).</summary>
    public required long Bytes { get; init; }

    /// <summary>Alignment in bytes, natural where none is written.</summary>
    public required int Alignment { get; init; }

    /// <summary>Offset in its space: in the parameter block; in the block's static shared memory (functions and module laid out together);
    /// in the thread's local memory. Global and constant variables get theirs when the module is loaded.</summary>
    public long Offset { get; set; }

    /// <summary>Whether it was declared <c>.extern</c>.</summary>
    public bool IsExternal { get; init; }

    /// <summary>Initial bytes, without the missing tail, which is zero; null where there is no initialiser.</summary>
    public byte[]? Initial { get; init; }

    /// <summary>8-byte words of <see cref="Initial"/> that hold the address of another variable, to be added in at loading.</summary>
    public IReadOnlyList<PtxAddressInitializer> Addresses { get; init; } = [];

    /// <summary>Where it was declared.</summary>
    public required PtxPosition Position { get; init; }
}

/// <summary>An address in an initialiser.</summary>
/// <param name="Offset">Byte offset of the word in the initialised variable.</param>
/// <param name="Variable">Whose address.</param>
/// <param name="Addend">Added to the address.</param>
/// <param name="IsGeneric">Whether <c>generic(name)</c> was written.</param>
public sealed record PtxAddressInitializer(long Offset, PtxVariable Variable, long Addend, bool IsGeneric);
