using System.CommandLine;
using Mimir.Cli.Errors;

namespace Mimir.Cli.Options;

/// <summary>Guards the recipe of an earlier run against other options.</summary>
internal static class StoredRecipe
{
    /// <summary>Requires that every option that was given says what the stored recipe says.</summary>
    /// <exception cref="UsageException">One says something else.</exception>
    public static void RequireSame<T>(T stored, IEnumerable<SettingGroup<T>> groups, string folder, ParseResult parse) where T : class
    {
        foreach (var setting in groups.SelectMany(group => group.Settings))
        {
            if (parse.Text(setting.Option) is not { } text)
                continue;
            var changed = setting.Set(stored, text);
            UsageException.Require(
                stored.Equals(changed),
                $"{setting.Option.Name} {setting.Show(changed)} differs from the {setting.Show(stored)} of the run in {folder}; leave it out to continue that run, or start another one");
        }
    }
}
