using System.Text.Json;
using System.Text.Json.Nodes;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Recipes;

/// <summary>Where two recipes part: the name of a field, and its value in each.</summary>
/// <param name="Field">The path of the field as <c>config.json</c> spells it, such as <c>optimiser.epochs</c>.</param>
/// <param name="Stored">The value of the first recipe, as JSON.</param>
/// <param name="Asked">The value of the second.</param>
public sealed record RecipeDifference(string Field, string Stored, string Asked)
{
    /// <summary>The first field in which two recipes differ; null where they are the same.</summary>
    public static RecipeDifference? First<T>(T stored, T asked) => First(
        "", JsonSerializer.SerializeToNode(stored, MimirJson.Compact), JsonSerializer.SerializeToNode(asked, MimirJson.Compact));

    private static RecipeDifference? First(string path, JsonNode? stored, JsonNode? asked)
    {
        if (stored is not JsonObject storedFields || asked is not JsonObject askedFields)
            return JsonNode.DeepEquals(stored, asked) ? null : new RecipeDifference(path, Text(stored), Text(asked));
        return storedFields
            .Select(field => First(path.Length == 0 ? field.Key : $"{path}.{field.Key}", field.Value, askedFields[field.Key]))
            .FirstOrDefault(difference => difference is not null);
    }

    private static string Text(JsonNode? value) => value?.ToJsonString(MimirJson.Compact) ?? "null";
}
