using Mimir.Benchmarks;

// dotnet run -c Release --project tests/Mimir.Benchmarks -- <benchmark> [options]
var benchmarks = new SortedDictionary<string, Action<string[]>>
{
    ["batcher"] = BatcherBenchmark.Run,
    ["emulator"] = EmulatorBenchmark.Run,
    ["kernels"] = KernelTables.Run,
    ["steps"] = StepTables.Run,
};

if (args.Length > 0 && benchmarks.TryGetValue(args[0], out var benchmark))
{
    benchmark(args[1..]);
    return 0;
}

Console.Error.WriteLine($"usage: <benchmark> [options], with one of: {string.Join(", ", benchmarks.Keys)}");
return 2;
