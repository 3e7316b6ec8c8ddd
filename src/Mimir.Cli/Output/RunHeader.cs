using Mimir.Cli.Options;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Recipes;

namespace Mimir.Cli.Output;

/// <summary>What a run says before it starts: what it is, where it runs, and its whole recipe.</summary>
internal static class RunHeader
{
    private const int Width = 110;
    private const int TitleWidth = 24;

    /// <summary>The first line.</summary>
    public static string Title(string verb, Device device) => $"mimir {RunConfig.Version} {verb} on {device}";

    /// <summary>The recipe, a group of settings a row; each as its option is called and would be written.</summary>
    public static IEnumerable<string> Recipe<T>(T recipe, IEnumerable<SettingGroup<T>> groups) =>
        groups.Where(group => group.Settings.Count > 0).SelectMany(group => Row(group.Title, group.Settings.Select(setting => $"{setting.Label} {setting.Show(recipe)}")));

    /// <summary>A row of the same form.</summary>
    public static IEnumerable<string> Row(string title, IEnumerable<string> parts)
    {
        foreach (var line in Wrapping.Lines(parts, ", ", Width - TitleWidth))
        {
            yield return $"  {title.ToLowerInvariant().PadRight(TitleWidth)}{line}";
            title = "";
        }
    }
}
