using Mimir.Benchmarks;

// dotnet run -c Release --project tests/Mimir.Benchmarks -- <benchmark> [options]
var benchmarks = new SortedDictionary<string, Action<string[]>>
{
    ["attention"] = AttentionBenchmark.Run,
    ["batcher"] = BatcherBenchmark.Run,
    ["images"] = ImageKernelsBenchmark.Run,
    ["matmul"] = MatMulBenchmark.Run,
    ["rows"] = RowsBenchmark.Run,
    ["step"] = StepBenchmark.Run,
};

if (args.Length > 0 && benchmarks.TryGetValue(args[0], out var benchmark))
{
    benchmark(args[1..]);
    return 0;
}

Console.Error.WriteLine($"usage: <benchmark> [options], with one of: {string.Join(", ", benchmarks.Keys)}");
return 2;
