namespace Mimir.Cli;

/// <summary>The tool's version.</summary>
internal static class MimirVersion
{
    /// <summary>Such as <c>0.1.0</c>.</summary>
    public static string Text { get; } = typeof(MimirVersion).Assembly.GetName().Version!.ToString(fieldCount: 3);
}
