namespace Mimir.Runtime.Formats;

/// <summary>One tensor of a <see cref="SafetensorsFile"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its sizes, outermost first; empty for a scalar.</param>
/// <param name="Offset">Its first byte, counted from the start of the file.</param>
/// <param name="Bytes">Its size in bytes.</param>
public sealed record TensorEntry(string Name, TensorType Type, IReadOnlyList<long> Shape, long Offset, long Bytes)
{
    /// <summary>Number of elements; 1 for a scalar.</summary>
    public long Count => Bytes / Type.Bytes();

    /// <summary>Type and shape, such as <c>F32 [3, 4]</c>.</summary>
    public string Layout => $"{Type.Name()} [{string.Join(", ", Shape)}]";
}
