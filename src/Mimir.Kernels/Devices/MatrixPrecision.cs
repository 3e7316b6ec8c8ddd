using System.Text.Json.Serialization;

namespace Mimir.Kernels.Devices;

/// <summary>What the factors of a matrix product are rounded to before they are multiplied; sums are float32 always.</summary>
public enum MatrixPrecision
{
    /// <summary>Not rounded: fused multiply-adds in float32.</summary>
    [JsonStringEnumMemberName("fp32")]
    Float32,

    /// <summary>TensorFloat-32 on tensor cores: 10 fraction bits.</summary>
    [JsonStringEnumMemberName("tf32")]
    TensorFloat32,

    /// <summary>bfloat16 on tensor cores: 7 fraction bits.</summary>
    [JsonStringEnumMemberName("bf16")]
    BFloat16,
}

/// <summary>Names of <see cref="MatrixPrecision"/>.</summary>
public static class MatrixPrecisions
{
    /// <summary><c>fp32</c>, <c>tf32</c> or <c>bf16</c>.</summary>
    public static string Name(this MatrixPrecision precision) => precision switch
    {
        MatrixPrecision.Float32 => "fp32",
        MatrixPrecision.TensorFloat32 => "tf32",
        _ => "bf16",
    };

    /// <summary>Reads a name.</summary>
    /// <exception cref="FormatException">It is none of the known ones.</exception>
    public static MatrixPrecision Parse(string text)
    {
        foreach (var precision in Enum.GetValues<MatrixPrecision>())
        {
            if (precision.Name() == text)
                return precision;
        }

        throw new FormatException($"'{text}' is no precision; use fp32, tf32 or bf16");
    }
}
