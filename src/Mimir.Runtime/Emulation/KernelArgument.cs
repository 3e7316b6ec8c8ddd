using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Emulation;

/// <summary>An argument of a kernel that <see cref="PtxRun"/> launches.</summary>
public abstract record KernelArgument
{
    /// <summary>Bytes of the parameter that takes it.</summary>
    public abstract int ParameterBytes { get; }
}

/// <summary>A value that is passed as it is: a number, a null pointer, a structure.</summary>
/// <param name="Bytes">Little-endian, as many as the parameter has.</param>
public sealed record ValueArgument(ReadOnlyMemory<byte> Bytes) : KernelArgument
{
    /// <inheritdoc/>
    public override int ParameterBytes => Bytes.Length;
}

/// <summary>An array in global memory, passed as its address, or as a view.</summary>
public abstract record ArrayArgument : KernelArgument
{
    /// <summary>Whether the parameter is a view, 16 bytes: the address, then the number of elements in 64 bits (ILGPU's array view).</summary>
    public bool IsView { get; init; }

    /// <summary>The file that receives the array after the run; null where it is only read.</summary>
    public abstract string? Output { get; }

    /// <inheritdoc/>
    public override int ParameterBytes => IsView ? 2 * sizeof(ulong) : sizeof(ulong);
}

/// <summary>An array from a file.</summary>
/// <param name="File">An .npy file.</param>
/// <param name="Output">As <see cref="ArrayArgument.Output"/>.</param>
public sealed record FileArgument(string File, string? Output) : ArrayArgument
{
    /// <inheritdoc/>
    public override string? Output { get; } = Output;
}

/// <summary>An array that starts uninitialised: the kernel has to write all of it.</summary>
/// <param name="Type">Its elements.</param>
/// <param name="Shape">Its sizes, outermost first.</param>
/// <param name="Output">The file that receives it.</param>
public sealed record EmptyArgument(TensorType Type, IReadOnlyList<long> Shape, string Output) : ArrayArgument
{
    /// <inheritdoc/>
    public override string Output { get; } = Output;

    /// <summary>Its elements.</summary>
    public long Count => Shape.Aggregate(1L, (count, size) => checked(count * size));
}
