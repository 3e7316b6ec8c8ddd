using System.Diagnostics;
using System.Runtime.InteropServices;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Recipes;

/// <summary>A run killed without warning in the middle of an epoch, and resumed, ends in the same bits.</summary>
[TestFixture]
internal sealed class KilledRunTests
{
    [TestCase(1, Description = "in the first epoch")]
    [TestCase(TinyRuns.BatchesPerEpoch + 2, Description = "in the second")]
    public void AKilledRunEndsTheSame(int batch)
    {
        using var folder = new TemporaryFolder();
        var expected = TinyRuns.Whole(TinyRuns.Pretrain, folder.File("whole"));

        var start = new ProcessStartInfo(Host) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { "exec", typeof(KilledRunTests).Assembly.Location, folder.File("killed"), $"{batch}" })
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var line = process.StandardOutput.ReadLine(); // comes when the batch is done, and the process then waits for its end
        process.Kill();
        process.WaitForExit();
        Assert.That(line, Is.EqualTo($"waiting after batch {batch}"), errors.Result);

        TinyRuns.Run(TinyRuns.Pretrain, folder.File("killed"), resume: true, new TinyRuns.Stop(), CancellationToken.None);
        TinyRuns.AssertSame(folder.File("killed"), expected);
    }

    /// <summary>What the child process does.</summary>
    public static void Train(string folder, int batch) =>
        TinyRuns.Run(TinyRuns.Pretrain, folder, resume: false, new WaitForEver(batch), CancellationToken.None);

    /// <summary>The dotnet command that runs this process, or the one that belongs to its runtime.</summary>
    private static string Host
    {
        get
        {
            if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
                return Environment.ProcessPath!;
            var root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
            return Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        }
    }

    private sealed class WaitForEver(int afterBatch) : ITrainingObserver
    {
        private int _batches;

        public void OnStep(in StepProgress progress)
        {
            if (++_batches != afterBatch)
                return;
            Console.WriteLine($"waiting after batch {afterBatch}");
            Console.Out.Flush();
            Thread.Sleep(TimeSpan.FromMinutes(5));
        }

        public void OnEpoch(EpochReport report)
        {
        }
    }
}
