using System.Text.Json;
using System.Text.Json.Serialization;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Formats;
using Mimir.Runtime.Recipes;

namespace Mimir.Runtime.Ablation;

/// <summary>What an arm's classifier got right, image by image: the content of <c>evaluation.json</c>.</summary>
public sealed record ArmEvaluation
{
    /// <summary>The column of images as they are.</summary>
    public const string Natural = "natural";

    private const string FileName = "evaluation.json";

    /// <summary>What was measured.</summary>
    public required EvaluateRecipe Recipe { get; init; }

    /// <summary>Natural images first, then each attack.</summary>
    public required IReadOnlyList<EvaluatedColumn> Columns { get; init; }

    /// <summary>HSIC-CCA between attacked images and latents at the end of pre-training, on a fixed batch; null from scratch.</summary>
    public required double? Hsic { get; init; }

    /// <summary>How long its attacks took.</summary>
    public required double Seconds { get; init; }

    /// <summary>The evaluation in an arm's folder; null where there is none yet.</summary>
    /// <exception cref="FileFormatException">The file is damaged.</exception>
    public static ArmEvaluation? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return null;
        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize<ArmEvaluation>(stream, MimirJson.Indented) ?? throw new FileFormatException(path, "is empty");
        }
        catch (JsonException e)
        {
            throw new FileFormatException(path, $"is not the evaluation of an ablation's arm: {e.Message}; delete it to evaluate the arm anew");
        }
    }

    /// <summary>Writes it into an arm's folder.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(string folder) =>
        AtomicFile.Write(Path.Combine(folder, FileName), stream => JsonSerializer.Serialize(stream, this, MimirJson.Indented));
}

/// <summary>One measurement over all test images.</summary>
/// <param name="Name"><see cref="ArmEvaluation.Natural"/>, or an attack such as <c>pgd-20</c>.</param>
/// <param name="Right">A character an image in the order of the set: 1 where the classifier was right, else 0.</param>
public sealed record EvaluatedColumn(string Name, string Right)
{
    private const char Yes = '1';
    private const char No = '0';

    /// <summary>A column of flags.</summary>
    public static EvaluatedColumn Of(string name, IEnumerable<bool> right) => new(name, string.Concat(right.Select(one => one ? Yes : No)));

    /// <summary>Whether the classifier was right about an image.</summary>
    public bool IsRight(int image) => Right[image] == Yes;

    /// <summary>How many images the classifier was right about.</summary>
    [JsonIgnore]
    public Accuracy Accuracy => new(Right.Count(flag => flag == Yes), Right.Length);
}
