using System.CommandLine;

namespace Mimir.Cli.Options;

/// <summary>Settings of a recipe under one heading.</summary>
internal sealed record SettingGroup<T>(string Title, IReadOnlyList<Setting<T>> Settings)
    : OptionGroup(Title, [.. Settings.Select(setting => setting.Option)])
{
    /// <summary>The same settings as those of a larger record, of which <typeparamref name="T"/> is a part.</summary>
    public SettingGroup<TWhole> Within<TWhole>(Func<TWhole, T> get, Func<TWhole, T, TWhole> set) => new(
        Title,
        [.. Settings.Select(s => new Setting<TWhole>(s.Option, (whole, text) => set(whole, s.Set(get(whole), text)), whole => s.Show(get(whole))))]);

    /// <summary>These settings and more.</summary>
    public SettingGroup<T> And(params IReadOnlyList<Setting<T>> more) => new(Title, [.. Settings, .. more]);

    /// <summary>Those of the settings that are wanted.</summary>
    public SettingGroup<T> Where(Func<Setting<T>, bool> wanted) => new(Title, [.. Settings.Where(wanted)]);

    /// <summary>The recipe with every option put in that was given.</summary>
    public T Apply(T recipe, ParseResult parse)
    {
        foreach (var setting in Settings)
        {
            if (parse.Text(setting.Option) is { } text)
                recipe = setting.Set(recipe, text);
        }

        return recipe;
    }
}
