using Mimir.Kernels.Devices;
using NUnit.Framework.Api;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace Mimir.Kernels.Tests;

/// <summary>Runs the named fixtures of this assembly in this process, without a test host: what <see cref="NarrowProcessTests"/> starts.
/// Prints the SIMD width of the process, then every failure; the exit code is 0 if all tests passed.</summary>
internal static class Program
{
    /// <summary>Whether this is such a process.</summary>
    public static bool IsNarrow { get; private set; }

    private static int Main(string[] fixtures)
    {
        IsNarrow = true;
        Console.WriteLine($"width {HostDevice.WidestHere}");
        var runner = new NUnitTestAssemblyRunner(new DefaultTestAssemblyBuilder());
        runner.Load(typeof(Program).Assembly, new Dictionary<string, object>());
        var classes = string.Concat(fixtures.Select(fixture => $"<class>{typeof(Program).Namespace}.{fixture}</class>"));
        var result = runner.Run(TestListener.NULL, TestFilter.FromXml($"<filter><or>{classes}</or></filter>"));
        Print(result);
        Console.WriteLine($"passed {result.PassCount} failed {result.FailCount}");
        return result.FailCount == 0 && result.PassCount > 0 ? 0 : 1;
    }

    private static void Print(ITestResult result)
    {
        foreach (var child in result.Children)
            Print(child);
        if (!result.HasChildren && result.ResultState.Status == TestStatus.Failed)
            Console.WriteLine($"{result.FullName}: {result.Message}");
    }
}
