Console.WriteLine("mimir");
