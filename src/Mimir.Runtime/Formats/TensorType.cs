namespace Mimir.Runtime.Formats;

/// <summary>The element types of the safetensors format, all little-endian.</summary>
public enum TensorType
{
    /// <summary>64-bit float.</summary>
    F64,

    /// <summary>32-bit float.</summary>
    F32,

    /// <summary>IEEE half.</summary>
    F16,

    /// <summary>The upper 16 bits of a 32-bit float.</summary>
    BF16,

    /// <summary>64-bit signed integer.</summary>
    I64,

    /// <summary>32-bit signed integer.</summary>
    I32,

    /// <summary>16-bit signed integer.</summary>
    I16,

    /// <summary>8-bit signed integer.</summary>
    I8,

    /// <summary>64-bit unsigned integer.</summary>
    U64,

    /// <summary>32-bit unsigned integer.</summary>
    U32,

    /// <summary>16-bit unsigned integer.</summary>
    U16,

    /// <summary>8-bit unsigned integer.</summary>
    U8,

    /// <summary>A byte that is 0 or 1.</summary>
    Bool,
}

/// <summary>Names, sizes and .NET types of <see cref="TensorType"/>.</summary>
internal static class TensorTypes
{
    /// <summary>The name in a file's header.</summary>
    public static string Name(this TensorType type) => type.ToString().ToUpperInvariant();

    /// <summary>Bytes of one element.</summary>
    public static int Bytes(this TensorType type) => type switch
    {
        TensorType.F64 or TensorType.I64 or TensorType.U64 => 8,
        TensorType.F32 or TensorType.I32 or TensorType.U32 => 4,
        TensorType.F16 or TensorType.BF16 or TensorType.I16 or TensorType.U16 => 2,
        _ => 1,
    };

    /// <summary>Finds the type that a header names.</summary>
    public static bool TryParse(string? name, out TensorType type)
    {
        foreach (var candidate in Enum.GetValues<TensorType>())
        {
            if (candidate.Name() == name)
            {
                type = candidate;
                return true;
            }
        }

        type = default;
        return false;
    }

    /// <summary>The type that stores <typeparamref name="T"/>.</summary>
    /// <exception cref="NotSupportedException">There is none.</exception>
    public static TensorType Of<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? TensorType.F32
        : typeof(T) == typeof(double) ? TensorType.F64
        : typeof(T) == typeof(Half) ? TensorType.F16
        : typeof(T) == typeof(long) ? TensorType.I64
        : typeof(T) == typeof(int) ? TensorType.I32
        : typeof(T) == typeof(short) ? TensorType.I16
        : typeof(T) == typeof(sbyte) ? TensorType.I8
        : typeof(T) == typeof(ulong) ? TensorType.U64
        : typeof(T) == typeof(uint) ? TensorType.U32
        : typeof(T) == typeof(ushort) ? TensorType.U16
        : typeof(T) == typeof(byte) ? TensorType.U8
        : typeof(T) == typeof(bool) ? TensorType.Bool
        : throw new NotSupportedException($"no tensor type stores {typeof(T).Name}");
}
