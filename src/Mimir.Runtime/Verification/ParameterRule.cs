using System.Text.Json;
using Mimir.Runtime.Formats;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Verification;

/// <summary>Makes the parameters of a short case, whose index entry lists them under <c>parameters</c> as rows of name, shape, seed, offset
/// and scale: offset + scale · stream(seed), computed in float64 and rounded. Tensors that are in the file are read from it; fixed position
/// tables that are not are the sin-cos ones.</summary>
internal static class ParameterRule
{
    /// <summary>Fills a model.</summary>
    /// <exception cref="FileFormatException">The index lists no such rows, or a parameter is neither listed nor in the file.</exception>
    public static void Apply(GoldenCase golden, Model model)
    {
        var rows = golden.ParameterRows
            ?? throw new FileFormatException(golden.Name, "the file has no param.* tensors and the index lists no 'parameters' to make them from");
        var byName = rows.ToDictionary(row => row.GetProperty("name").GetString()!);
        foreach (var parameter in model.Parameters.Parameters)
        {
            if (byName.TryGetValue(parameter.Name, out var row))
                parameter.Value.CopyFrom(Make(golden, row, parameter));
            else if (golden.Has("param." + parameter.Name))
                parameter.Value.CopyFrom(golden.Floats("param." + parameter.Name));
            else if (!parameter.Trainable)
                parameter.Value.CopyFrom(PositionTable.Create(parameter.Shape.Columns, model.Encoder.Grid));
            else
                throw new FileFormatException(golden.Name, $"parameter '{parameter.Name}' is neither in the file nor in the index's list");
        }

        model.Refresh();
    }

    private static float[] Make(GoldenCase golden, JsonElement row, Autodiff.Parameter parameter)
    {
        var sizes = row.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()).ToArray();
        if (!sizes.SequenceEqual(parameter.Shape.ToArray()))
            throw new FileFormatException(golden.Name, $"the index gives '{parameter.Name}' as [{string.Join(", ", sizes)}], the model needs {parameter.Shape}");
        var (offset, scale) = (row.GetProperty("offset").GetDouble(), row.GetProperty("scale").GetDouble());
        var values = ParameterStream.Values(row.GetProperty("seed").GetUInt64(), parameter.Shape.Count);
        return Array.ConvertAll(values, value => (float)(offset + scale * value));
    }
}
