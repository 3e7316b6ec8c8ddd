namespace Mimir.Runtime.Tests;

/// <summary>The reference tensors of tests/golden/cases.</summary>
internal static class GoldenCases
{
    /// <summary>The folder, found above the test assembly.</summary>
    public static string Folder { get; } = Find();

    private static string Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var folder = Path.Combine(at.FullName, "tests", "golden", "cases");
            if (Directory.Exists(folder))
                return folder;
        }

        throw new DirectoryNotFoundException("no tests/golden/cases above the test assembly");
    }
}
